// Proves that the kernels of every instruction set that this processor runs agree with plain loops
// in double precision: integers to the bit, float32 within the rounding of their length. Run by
// ctest once more under each forced instruction set (label isa).

#include "kernels/kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace snapshelf {
namespace {

std::vector<std::size_t> Lengths() {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n <= 64; ++n) lengths.push_back(n);
  for (const std::size_t n : {65, 95, 127, 128, 129, 255, 256, 257, 1000, 1024})
    lengths.push_back(n);
  return lengths;
}

class KernelsOf : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    kernels_ = KernelsNamed(GetParam());
    if (kernels_ == nullptr) GTEST_SKIP() << GetParam() << " does not run on this processor";
  }

  /// n + 1 values, so that a test can start at an odd place.
  template <class T>
  std::vector<T> Values(std::size_t n, int from, int to) {
    std::uniform_int_distribution<int> whole(from, to);
    std::vector<T> values(n + 1);
    for (T& value : values) {
      value = static_cast<T>(whole(random_));
      if constexpr (std::is_same_v<T, float>) value += static_cast<float>(whole(random_)) / 97;
    }
    return values;
  }

  const Kernels* kernels_ = nullptr;
  std::mt19937 random_{11};
};

std::string NameOf(const testing::TestParamInfo<const char*>& isa) {
  return isa.param;
}

INSTANTIATE_TEST_SUITE_P(All, KernelsOf, testing::Values("scalar", "avx2", "avx512", "neon"),
                         NameOf);

// A sum of n rounded products is wrong by at most about n units in the last place of the sum of
// their sizes (Higham, Accuracy and Stability, 3.1); two more for the products themselves.
double Bound(std::size_t n, double sum_of_sizes) {
  return static_cast<double>(n + 2) * std::numeric_limits<float>::epsilon() * sum_of_sizes;
}

TEST_P(KernelsOf, DotOfFloatsIsWithinItsRounding) {
  for (const std::size_t n : Lengths()) {
    for (const std::size_t start : {0, 1}) {
      const auto a = Values<float>(n, -50, 50);
      const auto b = Values<float>(n, -50, 50);
      double sum = 0;
      double sizes = 0;
      for (std::size_t i = start; i < start + n; ++i) {
        sum += static_cast<double>(a[i]) * b[i];
        sizes += std::abs(static_cast<double>(a[i]) * b[i]);
      }
      EXPECT_NEAR(kernels_->dot_f32(&a[start], &b[start], n), sum, Bound(n, sizes)) << n;
    }
  }
}

TEST_P(KernelsOf, SquaredDistanceIsWithinItsRounding) {
  for (const std::size_t n : Lengths()) {
    for (const std::size_t start : {0, 1}) {
      const auto a = Values<float>(n, -50, 50);
      const auto b = Values<float>(n, -50, 50);
      double sum = 0;
      for (std::size_t i = start; i < start + n; ++i) {
        const double difference = static_cast<double>(a[i]) - b[i];
        sum += difference * difference;
      }
      // Twice: the difference is rounded before it is squared.
      EXPECT_NEAR(kernels_->l2_f32(&a[start], &b[start], n), sum, 2 * Bound(n, sum)) << n;
    }
  }
}

TEST_P(KernelsOf, DotOfBytesIsExact) {
  for (const std::size_t n : Lengths()) {
    for (const std::size_t start : {0, 1}) {
      const auto a = Values<std::int8_t>(n, -128, 127);
      const auto b = Values<std::int8_t>(n, -128, 127);
      std::int32_t sum = 0;
      for (std::size_t i = start; i < start + n; ++i) sum += std::int32_t{a[i]} * b[i];
      EXPECT_EQ(kernels_->dot_i8(&a[start], &b[start], n), sum) << n;
    }
  }
}

TEST_P(KernelsOf, DotOfExtremeBytesDoesNotSaturate) {
  for (const std::size_t n : {64, 257, 131'072}) {
    const std::vector<std::int8_t> lowest(n, -128);
    const std::vector<std::int8_t> highest(n, 127);
    const auto count = static_cast<std::int32_t>(n);
    if (n < 131'072) {  // 2^31 itself does not fit
      EXPECT_EQ(kernels_->dot_i8(lowest.data(), lowest.data(), n), count * 128 * 128);
    }
    EXPECT_EQ(kernels_->dot_i8(lowest.data(), highest.data(), n), -count * 128 * 127);
    EXPECT_EQ(kernels_->dot_i8(highest.data(), lowest.data(), n), -count * 128 * 127);
    EXPECT_EQ(kernels_->dot_i8(highest.data(), highest.data(), n), count * 127 * 127);
  }
}

std::int32_t SumOfCodes(const std::uint8_t* codes, const std::int8_t* b, std::size_t n) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const int code = i < n / 2 ? codes[i] % 16 : codes[i - n / 2] / 16;
    sum += code * b[i];
  }
  return sum;
}

TEST_P(KernelsOf, DotOfFourBitCodesIsExact) {
  for (const std::size_t length : Lengths()) {
    const std::size_t n = 2 * length;  // 0, 2, .. 128, and up to the largest vectors
    for (const std::size_t start : {0, 1}) {
      const auto codes = Values<std::uint8_t>(n, 0, 255);
      const auto b = Values<std::int8_t>(n, -128, 127);
      EXPECT_EQ(kernels_->dot_u4_i8(&codes[start], &b[start], n),
                SumOfCodes(&codes[start], &b[start], n))
          << n;
    }
  }
}

TEST_P(KernelsOf, DotsOfManyRowsAreThoseOfEachRow) {
  constexpr std::size_t kRows = 9;
  for (const std::size_t n : {0, 2, 16, 128, 240, 256, 272, 512, 2048}) {
    const auto planes = Values<std::uint8_t>(kRows * n / 2, 0, 255);
    const auto b = Values<std::int8_t>(n, -128, 127);
    const std::vector<std::uint32_t> rows = {8, 0, 3, 3, 1, 7, 2, 5, 4, 6, 0};
    for (std::size_t count = 0; count <= rows.size(); ++count) {
      std::vector<std::int32_t> sums(count + 1, 77);
      kernels_->dots_u4_i8(planes.data(), rows.data(), count, b.data(), n, sums.data());
      for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(sums[i], SumOfCodes(planes.data() + rows[i] * n / 2, b.data(), n)) << n;
      EXPECT_EQ(sums[count], 77) << "written behind the end";
    }
  }
}

TEST_P(KernelsOf, DotOfExtremeFourBitCodesDoesNotSaturate) {
  for (const std::size_t n : {16, 30, 64, 256, 2048, 100'000}) {
    const std::vector<std::uint8_t> ones(n / 2, 0xFF);
    const std::vector<std::uint8_t> zeros(n / 2, 0);
    const auto count = static_cast<std::int32_t>(n);
    for (const int value : {-128, -1, 0, 1, 127}) {
      const std::vector<std::int8_t> b(n, static_cast<std::int8_t>(value));
      EXPECT_EQ(kernels_->dot_u4_i8(ones.data(), b.data(), n), count * 15 * value);
      EXPECT_EQ(kernels_->dot_u4_i8(zeros.data(), b.data(), n), 0);
      const std::vector<std::uint32_t> rows(5, 0);
      std::vector<std::int32_t> sums(rows.size());
      kernels_->dots_u4_i8(ones.data(), rows.data(), rows.size(), b.data(), n, sums.data());
      EXPECT_THAT(sums, testing::Each(count * 15 * value)) << n;
    }
  }
}

TEST_P(KernelsOf, FloatExtremesGoThrough) {
  for (const std::size_t n : {7, 40, 256}) {
    const std::vector<float> tiny(n, 1e-38F);
    const std::vector<float> large(n, 1e18F);
    const std::vector<float> zero(n, 0.0F);
    const auto count = static_cast<double>(n);
    EXPECT_NEAR(kernels_->dot_f32(tiny.data(), large.data(), n) / (1e-20 * count), 1, 1e-5);
    EXPECT_NEAR(kernels_->l2_f32(large.data(), zero.data(), n) / (1e36 * count), 1, 1e-5);
    EXPECT_EQ(kernels_->dot_f32(large.data(), zero.data(), n), 0.0F);
    EXPECT_EQ(kernels_->l2_f32(large.data(), large.data(), n), 0.0F);
  }
}

TEST_P(KernelsOf, ReadsNothingBehindTheEnd) {
  for (const std::size_t n : {1, 15, 17, 33, 63, 257}) {
    // Infinity times anything would spoil the sum if one more value was taken in.
    std::vector<float> a(n + 1, 1.0F);
    a[n] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(kernels_->dot_f32(a.data(), a.data(), n), static_cast<float>(n));
    const std::vector<float> zero(n + 1, 0.0F);
    EXPECT_EQ(kernels_->l2_f32(a.data(), zero.data(), n), static_cast<float>(n));
  }
}

TEST(ActiveKernels, AreThoseThatTheEnvironmentForces) {
  const char* forced = std::getenv("SNAPSHELF_FORCE_ISA");
  if (forced == nullptr) {
    EXPECT_NE(KernelsNamed(ActiveKernels().name), nullptr);
    return;
  }
  // For what this processor cannot run, the program ends here with a message that ctest skips by.
  EXPECT_STREQ(ActiveKernels().name, forced);
}

TEST(ActiveKernelsDeathTest, EndTheProgramForAnUnknownName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("SNAPSHELF_FORCE_ISA", "avx1024", 1);
        static_cast<void>(ActiveKernels());
      },
      testing::ExitedWithCode(2), "SNAPSHELF_FORCE_ISA=avx1024: unknown");
}

TEST(KernelsNamed, IsNullForAnUnknownName) {
  EXPECT_EQ(KernelsNamed("mmx"), nullptr);
}

}  // namespace
}  // namespace snapshelf
