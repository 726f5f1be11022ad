#pragma once

#include <cstddef>
#include <vector>

namespace snapshelf {

/// A fixed random rotation: lengths and angles stay, but every value becomes a mixture of all, so
/// that one step width suits all dimensions and none is worth more bits than another (the
/// randomised Hadamard transform of RaBitQ, Gao and Long, SIGMOD 2024, section 3.2).
///
/// Signs are flipped at random and the fast Hadamard transform is applied to a window of 2^m
/// values. Where the dim is no power of two, windows at the head and at the tail take turns, and
/// nothing is padded. The signs depend on the dim only: every store of that dim uses the same.
class Rotation {
 public:
  /// `dim` is a multiple of 16.
  explicit Rotation(std::size_t dim);

  /// Rotates `values` ([dim]) in place.
  void Apply(float* values) const;

 private:
  std::size_t dim_;
  std::size_t window_;               // the largest power of two <= dim
  std::size_t rounds_;               // 1, or 4 for a dim that is no power of two
  std::vector<float> signed_units_;  // [rounds, dim]: a sign, times 1 / sqrt(window) in the window
};

}  // namespace snapshelf
