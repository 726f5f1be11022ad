// The oracle: plain loops that the other instruction sets are tested against.

#include <cstddef>
#include <cstdint>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

float DotF32(const float* a, const float* b, std::size_t n) {
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

float L2F32(const float* a, const float* b, std::size_t n) {
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::int32_t DotI8(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

std::int32_t DotU4I8(const std::uint8_t* codes, const std::int8_t* b, std::size_t n) {
  const std::size_t half = n / 2;
  std::int32_t sum = 0;
  for (std::size_t j = 0; j < half; ++j)
    sum += (codes[j] & 15) * b[j] + (codes[j] >> 4) * b[half + j];
  return sum;
}

void DotsU4I8(const std::uint8_t* planes, const std::uint32_t* rows, std::size_t count,
              const std::int8_t* b, std::size_t n, std::int32_t* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = DotU4I8(planes + rows[i] * (n / 2), b, n);
}

}  // namespace

extern const Kernels kScalarKernels = {"scalar", DotF32, L2F32, DotI8, DotU4I8, DotsU4I8};

}  // namespace snapshelf
