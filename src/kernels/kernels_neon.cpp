// Compiled on 64-bit ARM only, where NEON is always there.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

float DotF32(const float* a, const float* b, std::size_t n) {
  float32x4_t s0 = vdupq_n_f32(0), s1 = s0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
    s1 = vfmaq_f32(s1, vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
  }
  float sum = vaddvq_f32(vaddq_f32(s0, s1));
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

float L2F32(const float* a, const float* b, std::size_t n) {
  float32x4_t s0 = vdupq_n_f32(0), s1 = s0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const float32x4_t d0 = vsubq_f32(vld1q_f32(a + i), vld1q_f32(b + i));
    const float32x4_t d1 = vsubq_f32(vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
    s0 = vfmaq_f32(s0, d0, d0);
    s1 = vfmaq_f32(s1, d1, d1);
  }
  float sum = vaddvq_f32(vaddq_f32(s0, s1));
  for (; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Products fit 16 bits (at most 16,384); pairs of them are added into 32 bits.
std::int32_t DotI8(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  int32x4_t lanes = vdupq_n_s32(0);
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const int8x16_t va = vld1q_s8(a + i);
    const int8x16_t vb = vld1q_s8(b + i);
    lanes = vpadalq_s16(lanes, vmull_s8(vget_low_s8(va), vget_low_s8(vb)));
    lanes = vpadalq_s16(lanes, vmull_s8(vget_high_s8(va), vget_high_s8(vb)));
  }
  std::int32_t sum = vaddvq_s32(lanes);
  for (; i < n; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

int32x4_t CodesStep(uint8x16_t codes, const std::int8_t* b, int32x4_t sum) {
  const int8x16_t va = vreinterpretq_s8_u8(codes);
  const int8x16_t vb = vld1q_s8(b);
  sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(va), vget_low_s8(vb)));
  return vpadalq_s16(sum, vmull_s8(vget_high_s8(va), vget_high_s8(vb)));
}

std::int32_t DotU4I8(const std::uint8_t* codes, const std::int8_t* b, std::size_t n) {
  const std::size_t half = n / 2;
  int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
  std::size_t j = 0;
  for (; j + 16 <= half; j += 16) {
    const uint8x16_t both = vld1q_u8(codes + j);
    s0 = CodesStep(vandq_u8(both, vdupq_n_u8(15)), b + j, s0);
    s1 = CodesStep(vshrq_n_u8(both, 4), b + half + j, s1);
  }
  std::int32_t sum = vaddvq_s32(vaddq_s32(s0, s1));
  for (; j < half; ++j) sum += (codes[j] & 15) * b[j] + (codes[j] >> 4) * b[half + j];
  return sum;
}

void DotsU4I8(const std::uint8_t* planes, const std::uint32_t* rows, std::size_t count,
              const std::int8_t* b, std::size_t n, std::int32_t* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = DotU4I8(planes + rows[i] * (n / 2), b, n);
}

}  // namespace

extern const Kernels kNeonKernels = {"neon", DotF32, L2F32, DotI8, DotU4I8, DotsU4I8};

}  // namespace snapshelf
