// Compiled with -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni. No std templates here (see
// kernels_avx2.cpp).

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

// The last n < 16 floats; the others are read as zero.
__m512 LoadTail(const float* p, std::size_t n) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << n) - 1), p);
}

float DotF32(const float* a, const float* b, std::size_t n) {
  __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
    s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
    s2 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 32), _mm512_loadu_ps(b + i + 32), s2);
    s3 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 48), _mm512_loadu_ps(b + i + 48), s3);
  }
  for (; i + 16 <= n; i += 16)
    s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
  s1 = _mm512_fmadd_ps(LoadTail(a + i, n - i), LoadTail(b + i, n - i), s1);
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

__m512 SquaredDifference(__m512 a, __m512 b, __m512 sum) {
  const __m512 difference = _mm512_sub_ps(a, b);
  return _mm512_fmadd_ps(difference, difference, sum);
}

float L2F32(const float* a, const float* b, std::size_t n) {
  __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    s0 = SquaredDifference(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
    s1 = SquaredDifference(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
    s2 = SquaredDifference(_mm512_loadu_ps(a + i + 32), _mm512_loadu_ps(b + i + 32), s2);
    s3 = SquaredDifference(_mm512_loadu_ps(a + i + 48), _mm512_loadu_ps(b + i + 48), s3);
  }
  for (; i + 16 <= n; i += 16)
    s0 = SquaredDifference(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
  s1 = SquaredDifference(LoadTail(a + i, n - i), LoadTail(b + i, n - i), s1);
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

// VNNI multiplies unsigned by signed bytes, so `a` is moved up by 128 (its sign bit flipped) and
// 128 * sum(b) is taken off at the end. It adds up in 32 bits and never saturates.
std::int32_t DotI8(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i shifted_sum = _mm512_setzero_si512();
  __m512i b_sum = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const __m512i va = _mm512_xor_si512(_mm512_loadu_si512(a + i), sign);
    const __m512i vb = _mm512_loadu_si512(b + i);
    shifted_sum = _mm512_dpbusd_epi32(shifted_sum, va, vb);
    b_sum = _mm512_dpbusd_epi32(b_sum, ones, vb);
  }
  if (i < n) {
    const __mmask64 rest = (__mmask64{1} << (n - i)) - 1;
    const __m512i va = _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, a + i), sign);
    const __m512i vb = _mm512_maskz_loadu_epi8(rest, b + i);  // zero where a is out of range
    shifted_sum = _mm512_dpbusd_epi32(shifted_sum, va, vb);
    b_sum = _mm512_dpbusd_epi32(b_sum, ones, vb);
  }
  return _mm512_reduce_add_epi32(_mm512_sub_epi32(shifted_sum, _mm512_slli_epi32(b_sum, 7)));
}

std::int32_t DotU4I8(const std::uint8_t* codes, const std::int8_t* b, std::size_t n) {
  const __m512i low_bits = _mm512_set1_epi8(15);
  const std::size_t half = n / 2;
  __m512i s0 = _mm512_setzero_si512(), s1 = s0;
  std::size_t j = 0;
  for (; j + 64 <= half; j += 64) {
    const __m512i both = _mm512_loadu_si512(codes + j);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
    s0 = _mm512_dpbusd_epi32(s0, _mm512_and_si512(both, low_bits), _mm512_loadu_si512(b + j));
    s1 = _mm512_dpbusd_epi32(s1, high, _mm512_loadu_si512(b + half + j));
  }
  if (j < half) {
    const __mmask64 rest = (__mmask64{1} << (half - j)) - 1;
    const __m512i both = _mm512_maskz_loadu_epi8(rest, codes + j);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
    s0 = _mm512_dpbusd_epi32(s0, _mm512_and_si512(both, low_bits),
                             _mm512_maskz_loadu_epi8(rest, b + j));
    s1 = _mm512_dpbusd_epi32(s1, high, _mm512_maskz_loadu_epi8(rest, b + half + j));
  }
  return _mm512_reduce_add_epi32(_mm512_add_epi32(s0, s1));
}

// The sums of four registers' lanes.
__m128i SumLanesOfFour(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i all =
      _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half =
      _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// 256 codes: two registers of codes, against the query in four that stay loaded.
__m512i Sum256(const std::uint8_t* codes, __m512i b0, __m512i b1, __m512i b2, __m512i b3) {
  const __m512i low_bits = _mm512_set1_epi8(15);
  const __m512i first = _mm512_loadu_si512(codes);
  const __m512i second = _mm512_loadu_si512(codes + 64);
  const __m512i first_high = _mm512_and_si512(_mm512_srli_epi16(first, 4), low_bits);
  const __m512i second_high = _mm512_and_si512(_mm512_srli_epi16(second, 4), low_bits);
  __m512i s0 = _mm512_setzero_si512(), s1 = s0;
  s0 = _mm512_dpbusd_epi32(s0, _mm512_and_si512(first, low_bits), b0);
  s1 = _mm512_dpbusd_epi32(s1, _mm512_and_si512(second, low_bits), b1);
  s0 = _mm512_dpbusd_epi32(s0, first_high, b2);
  s1 = _mm512_dpbusd_epi32(s1, second_high, b3);
  return _mm512_add_epi32(s0, s1);
}

void DotsU4I8(const std::uint8_t* planes, const std::uint32_t* rows, std::size_t count,
              const std::int8_t* b, std::size_t n, std::int32_t* sums) {
  std::size_t i = 0;
  if (n == 256) {
    const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
    const __m512i b2 = _mm512_loadu_si512(b + 128), b3 = _mm512_loadu_si512(b + 192);
    const auto sum = [&](std::size_t j) {
      return Sum256(planes + std::size_t{rows[j]} * 128, b0, b1, b2, b3);
    };
    for (; i + 4 <= count; i += 4)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),
                       SumLanesOfFour(sum(i), sum(i + 1), sum(i + 2), sum(i + 3)));
  }
  for (; i < count; ++i) sums[i] = DotU4I8(planes + rows[i] * (n / 2), b, n);
}

}  // namespace

extern const Kernels kAvx512Kernels = {"avx512", DotF32, L2F32, DotI8, DotU4I8, DotsU4I8};

}  // namespace snapshelf
