// Proves that a fitted projection is PCA with whitening, that its file gives back every number, and
// that a damaged file is refused.
#include "embed/projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>

#include "runtime/test_networks.h"

namespace snapshelf {
namespace {

using testing::FreshFolder;
using ::testing::HasSubstr;
using testing::WriteFile;

constexpr int kInput = 6;

/// `count` points near (1, 1, 1, 1, 1, 1) that differ by 4 : 2 : 1 along the axes 3, 0 and 5, and
/// hardly along the others.
std::vector<float> Points(std::size_t count) {
  constexpr std::array<float, kInput> kSpread = {0.02F, 0.0005F, 0.0005F, 0.04F, 0.0005F, 0.01F};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> points;
  for (std::size_t i = 0; i < count; ++i)
    for (const float spread : kSpread) points.push_back(1 + spread * normal(random));
  return points;
}

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

std::span<const float> Row(const Projection& projection, std::size_t row) {
  return std::span(projection.matrix).subspan(row * kInput, kInput);
}

TEST(FitProjection, WithoutPowerGivesOrthonormalRows) {
  const auto projection = FitProjection(Points(2000), kInput, 3, 0);
  ASSERT_TRUE(projection) << projection.error().message;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      EXPECT_NEAR(Dot(Row(*projection, i), Row(*projection, j)), i == j ? 1 : 0, 1e-5);
}

TEST(FitProjection, PutsTheDirectionOfMostVarianceFirst) {
  const auto projection = FitProjection(Points(2000), kInput, 2, 0);
  ASSERT_TRUE(projection) << projection.error().message;
  const auto largest = [&](std::size_t row) {
    const auto values = Row(*projection, row);
    return std::ranges::max_element(values, {}, [](float value) { return std::abs(value); }) -
           values.begin();
  };
  EXPECT_EQ(largest(0), 3);
  EXPECT_EQ(largest(1), 0);
}

TEST(FitProjection, WithHalfPowerGivesEveryDirectionTheSameVariance) {
  const std::vector<float> points = Points(4000);
  const auto projection = FitProjection(points, kInput, 3, 0.5F);
  ASSERT_TRUE(projection) << projection.error().message;
  std::array<double, 3> squares{};
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto point = std::span(points).subspan(i * kInput, kInput);
    const double norm = std::sqrt(Dot(point, point));
    std::array<float, kInput> centred{};
    for (std::size_t j = 0; j < kInput; ++j)
      centred[j] = static_cast<float>(point[j] / norm) - projection->mean[j];
    for (std::size_t row = 0; row < 3; ++row)
      squares[row] += std::pow(Dot(Row(*projection, row), centred), 2) / 4000;
  }
  for (const double variance : squares) EXPECT_NEAR(variance, 1, 0.01);
}

// Copies of a few pictures span fewer directions than asked for; what is left is rounding noise.
TEST(FitProjection, DoesNotBlowUpDirectionsWithoutVariance) {
  std::vector<float> points = Points(3);
  for (int i = 0; i < 5; ++i) points.insert(points.end(), points.begin(), points.begin() + 18);
  const auto projection = FitProjection(points, kInput, 5, 0.5F);
  ASSERT_TRUE(projection) << projection.error().message;
  std::vector<float> output(5);
  projection->Apply(std::span(points).first(kInput), output);
  EXPECT_TRUE(std::ranges::all_of(output, [](float value) { return std::isfinite(value); }));
  EXPECT_LT(std::abs(output[4]), 0.1F);
}

TEST(FitProjection, RefusesTooFewRows) {
  const auto projection = FitProjection(Points(3), kInput, 3, 0.5F);
  ASSERT_FALSE(projection);
  EXPECT_EQ(projection.error().code, Code::kInvalidArgument);
  EXPECT_THAT(projection.error().message, HasSubstr("3 pictures are too few to fit 3 numbers"));
}

TEST(FitProjection, RefusesToLengthen) {
  EXPECT_FALSE(FitProjection(Points(20), kInput, kInput + 1, 0));
}

TEST(FitProjection, RefusesFeaturesThatAreNotFinite) {
  std::vector<float> points = Points(20);
  points[17] = std::numeric_limits<float>::quiet_NaN();
  const auto projection = FitProjection(points, kInput, 3, 0.5F);
  ASSERT_FALSE(projection);
  EXPECT_THAT(projection.error().message, HasSubstr("not finite"));
}

TEST(FitProjection, RefusesPicturesThatAreAllTheSame) {
  EXPECT_FALSE(FitProjection(std::vector<float>(20 * kInput, 1), kInput, 3, 0.5F));
}

TEST(Projection, SubtractsTheMeanOfUnitInputsAndGivesUnitLength) {
  const Projection projection = {
      .input_size = 2, .output_size = 2, .mean = {0.1F, 0.2F}, .matrix = {1, 0, 0, 2}};
  std::array<float, 2> output{};
  projection.Apply(std::array{30.0F, 40.0F}, output);  // unit: .6, .8; centred: .5, .6
  EXPECT_NEAR(output[0], 0.5 / 1.3, 1e-6);
  EXPECT_NEAR(output[1], 1.2 / 1.3, 1e-6);
}

class ProjectionFile : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto projection = FitProjection(Points(50), kInput, 3, 0.5F);
    ASSERT_TRUE(projection);
    projection_ = *projection;
    ASSERT_TRUE(WriteProjection(projection_, path_));
    std::ifstream file(path_, std::ios::binary);
    bytes_ = {std::istreambuf_iterator<char>(file), {}};
  }
  Code ReadCode(std::string_view bytes) {
    const auto read = ReadProjection(WriteFile(path_, bytes));
    EXPECT_FALSE(read);
    if (read) return Code::kInternal;
    EXPECT_THAT(read.error().message, HasSubstr(path_.string()));
    return read.error().code;
  }

  std::filesystem::path path_ =
      FreshFolder(std::string("projection_") +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name()) /
      "a.projection";
  Projection projection_;
  std::string bytes_;
};

TEST_F(ProjectionFile, GivesBackEveryNumber) {
  const auto read = ReadProjection(path_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->input_size, kInput);
  EXPECT_EQ(read->output_size, 3);
  EXPECT_EQ(read->mean, projection_.mean);
  EXPECT_EQ(read->matrix, projection_.matrix);
}

TEST_F(ProjectionFile, LeavesNoOtherFileBehind) {
  const std::filesystem::directory_iterator files(path_.parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(ProjectionFile, IsRefusedWhenCutAnywhere) {
  for (std::size_t size = 0; size < bytes_.size(); ++size)
    EXPECT_EQ(ReadCode(std::string_view(bytes_).substr(0, size)), Code::kCorruption) << size;
}

TEST_F(ProjectionFile, IsRefusedWhenAByteChanged) {
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    std::string changed = bytes_;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    const Code code = ReadCode(changed);
    // Bytes 8 .. 11 hold the version, which may now be a newer one.
    EXPECT_TRUE(code == Code::kCorruption || (i / 4 == 2 && code == Code::kUnimplemented)) << i;
  }
}

TEST_F(ProjectionFile, OfANewerVersionIsUnimplemented) {
  bytes_[8] = 2;
  EXPECT_EQ(ReadCode(bytes_), Code::kUnimplemented);
}

TEST_F(ProjectionFile, IsNotFoundWhenMissing) {
  const auto read = ReadProjection(path_.string() + ".other");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kNotFound);
}

TEST_F(ProjectionFile, CannotBeWrittenIntoAMissingFolder) {
  const auto status =
      WriteProjection(projection_, path_.parent_path() / "missing" / "a.projection");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIoError);
}

}  // namespace
}  // namespace snapshelf
