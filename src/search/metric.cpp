#include "search/metric.h"

#include <cmath>

namespace snapshelf {
namespace {

// Rounding a unit vector to float32 moves its squared length by less than 1e-7; cosines of vectors
// within 1e-6 are right to six digits.
constexpr double kUnitTolerance = 1e-6;

}  // namespace

void PrepareVector(Metric metric, std::span<float> values) {
  if (metric != Metric::kCosine) return;
  double squared_length = 0;  // double: the smallest float32 squared is 2e-90
  for (const float value : values) squared_length += static_cast<double>(value) * value;
  if (std::abs(squared_length - 1) <= kUnitTolerance) return;
  const double scale = 1 / std::sqrt(squared_length);
  for (float& value : values) value = static_cast<float>(value * scale);
}

}  // namespace snapshelf
