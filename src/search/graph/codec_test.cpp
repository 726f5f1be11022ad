// Proves that codes keep the order of vectors: keys from 8 bits are within their stated error of
// the true distances and products, those from 4 bits near them, for many dims, metrics and
// extremes.

#include "search/graph/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace snapshelf {
namespace {

using Vector = std::vector<float>;

class Numbers {
 public:
  Vector Normals(std::size_t n, float shift = 0) {
    Vector values(n);
    for (float& value : values) value = normal_(random_) + shift;
    return values;
  }

 private:
  std::mt19937 random_{7};
  std::normal_distribution<float> normal_;
};

double Dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

Vector Less(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

struct Coded {
  Coded(const Codec& codec, const Vector& values)
      : upper(codec.plane_bytes()), lower(codec.plane_bytes()) {
    terms = codec.Encode(values.data(), upper.data(), lower.data());
  }
  std::vector<std::uint8_t> upper;
  std::vector<std::uint8_t> lower;
  CodeTerms terms;
};

float CoarseKey(const Codec& codec, const CodeQuery& query, const Coded& coded) {
  const std::uint32_t row = 0;
  std::int32_t dot = 0;
  codec.Dots(query, coded.upper.data(), {&row, 1}, &dot);
  return codec.CoarseKey(query, dot, coded.terms);
}

std::vector<int> Dims() {
  std::vector<int> dims;
  for (int dim = 16; dim <= 320; dim += 16) dims.push_back(dim);
  for (const int dim : {1, 4, 20, 100, 512, 768, 1024, 1040, 1536, 2032, 2048}) dims.push_back(dim);
  return dims;
}

TEST(Rotation, KeepsLengthsAndProducts) {
  Numbers numbers;
  for (std::size_t dim = 16; dim <= 2048; dim += 16) {
    const Rotation rotation(dim);
    Vector a = numbers.Normals(dim, 1);
    Vector b = numbers.Normals(dim);
    const double aa = Dot(a, a);
    const double ab = Dot(a, b);
    const double bound = 1e-5 * std::sqrt(aa * Dot(b, b));
    rotation.Apply(a.data());
    rotation.Apply(b.data());
    EXPECT_NEAR(Dot(a, a), aa, 1e-5 * aa) << dim;
    EXPECT_NEAR(Dot(a, b), ab, bound) << dim;
  }
}

TEST(Rotation, SpreadsASingleValueOverAll) {
  for (const std::size_t dim : {16, 48, 240, 256, 1040, 2048}) {
    const Rotation rotation(dim);
    for (const std::size_t place : {std::size_t{0}, dim / 2, dim - 1}) {
      Vector values(dim);
      values[place] = 1;
      rotation.Apply(values.data());
      for (const float value : values)
        EXPECT_LT(std::abs(value), 5 / std::sqrt(static_cast<float>(dim))) << dim;
    }
  }
}

/// What a key of that metric should be.
double TrueKey(Metric metric, const Vector& query, const Vector& x, const Vector& mean) {
  if (metric == Metric::kInnerProduct) return -Dot(query, x);
  if (metric == Metric::kCosine) return -Dot(query, Less(x, mean));
  const Vector q = Less(query, mean);
  const Vector gap = Less(query, x);
  return Dot(gap, gap) - Dot(q, q);
}

TEST(Codec, KeysAreWithinTheirError) {
  Numbers numbers;
  for (const int dim : Dims())
    for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
      const auto n = static_cast<std::size_t>(dim);
      Vector mean = metric == Metric::kInnerProduct ? Vector(n) : numbers.Normals(n, 0.3F);
      const Codec codec(dim, metric, mean, 100);
      int far = 0;
      for (int i = 0; i < 20; ++i) {
        const Vector x = numbers.Normals(n, 0.3F);
        const Vector query = numbers.Normals(n, 0.3F);
        const Coded coded(codec, x);
        CodeQuery code;
        codec.PrepareQuery(query.data(), code);
        const double truth = TrueKey(metric, query, x, mean);
        // Four standard errors, and what the 16 bits of the query lose.
        const double error = code.noise * coded.terms.scale;
        EXPECT_NEAR(codec.FineKey(code, coded.upper.data(), coded.lower.data(), coded.terms), truth,
                    1.2 * error + 1e-4)
            << dim;
        // 16 times the step; of few values the errors do not cancel.
        if (dim >= 16 && std::abs(CoarseKey(codec, code, coded) - truth) > 18 * error) ++far;
      }
      EXPECT_EQ(far, 0) << dim;
    }
}

TEST(Codec, AKeyBeyondIsThatOfARowSoManyTimesAsFar) {
  Numbers numbers;
  constexpr int kDim = 256;
  const Vector mean = numbers.Normals(kDim);
  for (const Metric metric : {Metric::kCosine, Metric::kL2}) {
    const Codec codec(kDim, metric, mean, 1);
    Vector query = numbers.Normals(kDim);
    if (metric == Metric::kCosine)
      for (float& value : query) value /= 16;  // about of unit length
    CodeQuery code;
    codec.PrepareQuery(query.data(), code);
    const auto score = [&](float key) { return codec.ScoreOf(code, key); };
    // Keys of rows at the squared distances 0.2 and, 1.5 times as far, 0.45.
    const float near = metric == Metric::kCosine ? 1 - 0.1F : -0.2F;
    const float far = metric == Metric::kCosine ? 1 - 0.225F : -0.45F;
    EXPECT_NEAR(score(Codec::KeyBeyond(code, code.best_score - near, 1.5F * 1.5F)), far, 1e-3);
  }
}

TEST(Codec, RowDistancesAreNearTheTrueOnes) {
  Numbers numbers;
  for (const int dim : {16, 48, 256, 2048}) {
    const auto n = static_cast<std::size_t>(dim);
    const Codec codec(dim, Metric::kL2, numbers.Normals(n), 1);
    for (int i = 0; i < 20; ++i) {
      const Vector a = numbers.Normals(n);
      const Vector b = numbers.Normals(n);
      const Coded coded_a(codec, a);
      const Coded coded_b(codec, b);
      Codec::RowCode row;
      codec.Unpack(coded_a.upper.data(), coded_a.terms, row);
      const double truth = Dot(Less(a, b), Less(a, b));
      EXPECT_NEAR(codec.RowDistance(row, coded_b.upper.data(), coded_b.terms), truth, 0.35 * truth);
    }
  }
}

TEST(Codec, TakesExtremes) {
  constexpr int kDim = 48;
  for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
    const Codec codec(kDim, metric, Vector(kDim), 1e18F);
    for (const float size : {0.0F, 1e-30F, 1.0F, 1e17F}) {
      const Vector x(kDim, size);
      const Coded coded(codec, x);
      CodeQuery code;
      codec.PrepareQuery(x.data(), code);
      const float coarse = CoarseKey(codec, code, coded);
      const float fine = codec.FineKey(code, coded.upper.data(), coded.lower.data(), coded.terms);
      EXPECT_TRUE(std::isfinite(coarse)) << size;
      const double truth = TrueKey(metric, x, x, Vector(kDim));
      EXPECT_NEAR(fine, truth, 1e-2 * std::abs(truth) + 1e-30) << size;
      codec.PrepareBuildQuery(x.data(), code);
      EXPECT_TRUE(std::isfinite(CoarseKey(codec, code, coded))) << size;
    }
  }
}

}  // namespace
}  // namespace snapshelf
