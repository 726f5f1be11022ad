#include "search/graph/rotation.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/check.h"

namespace snapshelf {
namespace {

constexpr std::size_t kRounds = 4;  // head, tail, head, tail: the ends meet twice

/// splitmix64 (Steele, Lea, Flood 2014): the same on every machine.
std::uint64_t Next(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::size_t WindowStart(std::size_t round, std::size_t dim, std::size_t window) {
  return round % 2 == 0 ? 0 : dim - window;
}

/// The fast Walsh-Hadamard transform of `n` = 2^m values, not normalised.
void Hadamard(float* values, std::size_t n) {
  for (std::size_t half = 1; half < n; half *= 2) {
    for (std::size_t block = 0; block < n; block += 2 * half) {
      float* const a = values + block;
      float* const b = a + half;
      for (std::size_t i = 0; i < half; ++i) {
        const float sum = a[i] + b[i];
        b[i] = a[i] - b[i];
        a[i] = sum;
      }
    }
  }
}

}  // namespace

Rotation::Rotation(std::size_t dim)
    : dim_(dim),
      window_(std::bit_floor(dim)),
      rounds_(window_ == dim ? 1 : kRounds),
      signed_units_(rounds_ * dim) {
  SNAPSHELF_CHECK(dim > 0 && dim % 16 == 0);
  std::uint64_t state = dim;
  const float unit = 1 / std::sqrt(static_cast<float>(window_));
  for (std::size_t round = 0; round < rounds_; ++round) {
    const std::size_t start = WindowStart(round, dim, window_);
    for (std::size_t i = 0; i < dim; ++i) {
      const bool inside = i >= start && i < start + window_;
      const float sign = (Next(state) >> 63) != 0 ? 1.0F : -1.0F;
      signed_units_[round * dim + i] = sign * (inside ? unit : 1.0F);
    }
  }
}

void Rotation::Apply(float* values) const {
  for (std::size_t round = 0; round < rounds_; ++round) {
    const float* const units = signed_units_.data() + round * dim_;
    for (std::size_t i = 0; i < dim_; ++i) values[i] *= units[i];
    Hadamard(values + WindowStart(round, dim_, window_), window_);
  }
}

}  // namespace snapshelf
