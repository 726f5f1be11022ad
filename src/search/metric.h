#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernels.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// Brings one vector into the form that scores are taken from: unit length for kCosine, unchanged
/// for the others. A vector that has unit length already keeps its bits, so that preparing twice
/// is preparing once and a stored vector scores the same after a restart.
void PrepareVector(Metric metric, std::span<float> values);

/// Scores two prepared vectors of `n` floats: higher is nearer (see Metric).
class Scorer {
 public:
  Scorer(Metric metric, const Kernels& kernels)
      : function_(metric == Metric::kL2 ? kernels.l2_f32 : kernels.dot_f32),
        sign_(metric == Metric::kL2 ? -1.0F : 1.0F) {}
  [[nodiscard]] float operator()(const float* a, const float* b, std::size_t n) const {
    return sign_ * function_(a, b, n);
  }

 private:
  float (*function_)(const float*, const float*, std::size_t);
  float sign_;
};

}  // namespace snapshelf
