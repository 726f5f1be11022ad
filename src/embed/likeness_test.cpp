// Proves that a likeness is the card's curve over the cosine less its background, and what the
// background is where the catalog has fewer products than the ranks that the card names.
#include "embed/likeness.h"

#include <gtest/gtest.h>

#include <vector>

namespace snapshelf {
namespace {

constexpr Calibration kCalibration{
    .midpoint = 0.5F, .slope = 10, .background = {.weight = 0.75F, .first = 3, .last = 5}};

TEST(Likeness, IsOneHalfAtTheMidpointAndRisesWithTheCosine) {
  EXPECT_FLOAT_EQ(Likeness(kCalibration, 0.5F, 0), 0.5F);
  EXPECT_NEAR(Likeness(kCalibration, 0.7F, 0), 0.8808F, 1e-4F);
  EXPECT_LT(Likeness(kCalibration, -1, 0), 1e-6F);
  EXPECT_GT(Likeness(kCalibration, 1, 0), 0.99F);
}

TEST(Likeness, FallsAsTheBackgroundRises) {
  EXPECT_FLOAT_EQ(Likeness(kCalibration, 0.65F, 0.2F), 0.5F);
  EXPECT_LT(Likeness(kCalibration, 0.65F, 0.3F), Likeness(kCalibration, 0.65F, 0.2F));
}

TEST(Likeness, StaysWithinItsRangeOnTheSteepestCurve) {
  constexpr Calibration kSteep{.slope = 1000};
  EXPECT_EQ(Likeness(kSteep, -1, 0), 0);
  EXPECT_EQ(Likeness(kSteep, 1, 0), 1);
}

TEST(Background, IsTheMeanOfTheNamedRanks) {
  const std::vector<float> cosines = {0.9F, 0.8F, 0.6F, 0.5F, 0.4F, 0.1F};
  EXPECT_FLOAT_EQ(BackgroundOf(kCalibration, cosines), 0.5F);
}

TEST(Background, TakesTheRanksThatExistInASmallCatalog) {
  EXPECT_FLOAT_EQ(BackgroundOf(kCalibration, std::vector{0.9F, 0.8F, 0.6F, 0.4F}), 0.5F);
  EXPECT_FLOAT_EQ(BackgroundOf(kCalibration, std::vector{0.9F, 0.8F, 0.6F}), 0.6F);
}

TEST(Background, IsNothingWhereNoNamedRankExists) {
  EXPECT_EQ(BackgroundOf(kCalibration, std::vector{0.9F, 0.8F}), 0);
  EXPECT_EQ(BackgroundOf(kCalibration, {}), 0);
}

TEST(Background, IsNothingWhereTheCardNamesNoRanks) {
  EXPECT_EQ(BackgroundOf(Calibration{}, std::vector(50, 0.5F)), 0);
}

}  // namespace
}  // namespace snapshelf
