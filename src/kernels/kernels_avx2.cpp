// Compiled with -mavx2 -mfma. No std templates here: an inline function compiled with these flags
// could be the copy that the linker keeps for the whole program (numpy#25274).

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

float SumLanes(__m256 v) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

// Four sums at once, because one fused multiply-add takes four cycles and two can start in each.
float DotF32(const float* a, const float* b, std::size_t n) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
    s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
    s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
  }
  for (; i + 8 <= n; i += 8)
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
  float sum = SumLanes(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

__m256 SquaredDifference(const float* a, const float* b, __m256 sum) {
  const __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b));
  return _mm256_fmadd_ps(difference, difference, sum);
}

float L2F32(const float* a, const float* b, std::size_t n) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = SquaredDifference(a + i, b + i, s0);
    s1 = SquaredDifference(a + i + 8, b + i + 8, s1);
    s2 = SquaredDifference(a + i + 16, b + i + 16, s2);
    s3 = SquaredDifference(a + i + 24, b + i + 24, s3);
  }
  for (; i + 8 <= n; i += 8) s0 = SquaredDifference(a + i, b + i, s0);
  float sum = SumLanes(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
  for (; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Widened to 16 bits first: the 8-bit multiply-add saturates at 2 * 255 * 128.
__m256i DotStep(const std::int8_t* a, const std::int8_t* b, __m256i sum) {
  const __m256i wide_a = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a)));
  const __m256i wide_b = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(wide_a, wide_b));
}

std::int32_t SumLanes(__m256i v) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, _MM_SHUFFLE(1, 0, 3, 2)));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(four);
}

std::int32_t DotI8(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0;
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = DotStep(a + i, b + i, s0);
    s1 = DotStep(a + i + 16, b + i + 16, s1);
  }
  std::int32_t sum = SumLanes(_mm256_add_epi32(s0, s1));
  for (; i < n; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

// 32 bytes of codes with both halves of the query: two sums of pairs, of 2 * 2 * 15 * 128 at most.
__m256i PairsStep(const std::uint8_t* codes, __m256i b_low, __m256i b_high) {
  const __m256i low_bits = _mm256_set1_epi8(15);
  const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), low_bits);
  return _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_and_si256(both, low_bits), b_low),
                          _mm256_maddubs_epi16(high, b_high));
}

__m256i Widen(__m256i pairs) {
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

__m256i Load(const std::int8_t* b) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
}

std::int32_t DotU4I8(const std::uint8_t* codes, const std::int8_t* b, std::size_t n) {
  const std::size_t half = n / 2;
  __m256i sum = _mm256_setzero_si256();
  std::size_t j = 0;
  for (; j + 32 <= half; j += 32)
    sum = _mm256_add_epi32(sum, Widen(PairsStep(codes + j, Load(b + j), Load(b + half + j))));
  std::int32_t all = SumLanes(sum);
  for (; j < half; ++j) all += (codes[j] & 15) * b[j] + (codes[j] >> 4) * b[half + j];
  return all;
}

// 256 codes against a query that stays loaded. Sums of 16 bits hold all four steps: 30,720 at most.
__m256i Sum256(const std::uint8_t* codes, const __m256i (&b)[8]) {
  const __m256i first =
      _mm256_add_epi16(PairsStep(codes, b[0], b[4]), PairsStep(codes + 32, b[1], b[5]));
  const __m256i second =
      _mm256_add_epi16(PairsStep(codes + 64, b[2], b[6]), PairsStep(codes + 96, b[3], b[7]));
  return Widen(_mm256_add_epi16(first, second));
}

// The sums of four registers' lanes.
__m128i SumLanesOfFour(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

void DotsU4I8(const std::uint8_t* planes, const std::uint32_t* rows, std::size_t count,
              const std::int8_t* b, std::size_t n, std::int32_t* sums) {
  std::size_t i = 0;
  if (n == 256) {
    const __m256i query[8] = {Load(b),       Load(b + 32),  Load(b + 64),  Load(b + 96),
                              Load(b + 128), Load(b + 160), Load(b + 192), Load(b + 224)};
    const auto sum = [&](std::size_t j) {
      return Sum256(planes + std::size_t{rows[j]} * 128, query);
    };
    for (; i + 4 <= count; i += 4)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),
                       SumLanesOfFour(sum(i), sum(i + 1), sum(i + 2), sum(i + 3)));
  }
  for (; i < count; ++i) sums[i] = DotU4I8(planes + rows[i] * (n / 2), b, n);
}

}  // namespace

extern const Kernels kAvx2Kernels = {"avx2", DotF32, L2F32, DotI8, DotU4I8, DotsU4I8};

}  // namespace snapshelf
