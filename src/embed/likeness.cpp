#include "embed/likeness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace snapshelf {

float BackgroundOf(const Calibration& calibration, std::span<const float> cosines) {
  const auto first = static_cast<std::size_t>(calibration.background.first - 1);
  const auto end = std::min(cosines.size(), static_cast<std::size_t>(calibration.background.last));
  if (first >= end) return 0;
  const auto ranks = cosines.subspan(first, end - first);
  return std::accumulate(ranks.begin(), ranks.end(), 0.0F) / static_cast<float>(ranks.size());
}

float Likeness(const Calibration& calibration, float cosine, float background) {
  const float evidence = cosine - calibration.background.weight * background - calibration.midpoint;
  return 1 / (1 + std::exp(-calibration.slope * evidence));
}

}  // namespace snapshelf
