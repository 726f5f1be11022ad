// Compares the NEON kernels with the plain loops, to the bit; for machines without ARM it is
// compiled by aarch64-linux-gnu-g++ and run by qemu-aarch64 (neon_check.sh). No GoogleTest: there
// is none for ARM on Debian's x86.

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

template <class T>
void Fill(std::vector<T>& values, bool extremes, T extreme) {
  for (T& value : values) value = extremes ? extreme : static_cast<T>(std::rand() % 256 - 128);
}

/// Calls of both that differ; small whole numbers, so that float sums are exact too.
int Differences(std::size_t n, bool extremes) {
  std::vector<std::uint8_t> planes(9 * n / 2 + 1);
  std::vector<std::int8_t> a(n + 1);
  std::vector<std::int8_t> b(n + 1);
  std::vector<float> x(n);
  std::vector<float> y(n);
  Fill<std::uint8_t>(planes, extremes, 255);
  Fill<std::int8_t>(a, extremes, -128);
  Fill<std::int8_t>(b, extremes, -128);
  for (float& value : x) value = static_cast<float>(std::rand() % 16 - 8);
  for (float& value : y) value = static_cast<float>(std::rand() % 16 - 8);
  const Kernels& neon = kNeonKernels;
  const Kernels& plain = kScalarKernels;
  const std::uint32_t rows[] = {7, 0, 3, 1, 8};
  std::int32_t sums[5];
  std::int32_t expected[5];
  neon.dots_u4_i8(planes.data(), rows, 5, a.data(), n, sums);
  plain.dots_u4_i8(planes.data(), rows, 5, a.data(), n, expected);
  int differences = 0;
  for (int i = 0; i < 5; ++i) differences += sums[i] != expected[i] ? 1 : 0;
  const std::uint8_t* const codes = planes.data() + 1;  // at an odd place
  if (n > 0 && neon.dot_u4_i8(codes, a.data(), n) != plain.dot_u4_i8(codes, a.data(), n))
    ++differences;
  if (neon.dot_i8(a.data() + 1, b.data(), n) != plain.dot_i8(a.data() + 1, b.data(), n))
    ++differences;
  if (neon.dot_f32(x.data(), y.data(), n) != plain.dot_f32(x.data(), y.data(), n)) ++differences;
  if (neon.l2_f32(x.data(), y.data(), n) != plain.l2_f32(x.data(), y.data(), n)) ++differences;
  return differences;
}

}  // namespace
}  // namespace snapshelf

int main() {
  int cases = 0;
  int differences = 0;
  for (std::size_t n = 0; n <= 2048; n += n < 300 ? 2 : 16)
    for (int round = 0; round < 3; ++round, ++cases)
      differences += snapshelf::Differences(n, round == 0);
  std::printf("%d cases, %d differences\n", cases, differences);
  return differences == 0 ? 0 : 1;
}
