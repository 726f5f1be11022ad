// Proves that a second look finds a warped picture again with the right geometry, and finds nothing
// of weight in another one.
#include "rerank/verify_match.h"

#include <gtest/gtest.h>

#include <cmath>

#include "photo/resize.h"
#include "rerank/test_scenes.h"

namespace snapshelf {
namespace {

using testing::Homography;
using testing::Map;
using testing::PaintPackage;
using testing::PaintPlain;
using testing::Warp;

// Turned by 20 degrees, shrunk to 0.8, moved.
const Homography kTurned = {0.752, -0.274, 80, 0.274, 0.752, -20, 0, 0};
// Seen from the side.
const Homography kTilted = {0.85, 0.05, 20, -0.04, 0.9, 15, 0.0004, 0.0002};

LocalFeatures FeaturesOf(const Photo& photo) {
  auto features = ExtractLocalFeatures(photo, WholeBox(photo));
  EXPECT_TRUE(features) << features.error().message;
  return features.value_or(LocalFeatures{});
}

class WarpedPicture : public ::testing::TestWithParam<Homography> {};

INSTANTIATE_TEST_SUITE_P(Each, WarpedPicture, ::testing::Values(kTurned, kTilted));

TEST_P(WarpedPicture, IsFoundAgainWithItsGeometry) {
  const Photo photo = PaintPackage(1);
  const Verification found = VerifyMatch(FeaturesOf(photo), FeaturesOf(Warp(photo, GetParam())));
  ASSERT_GE(found.inliers.size(), 40U);
  EXPECT_GE(static_cast<std::size_t>(found.matched), found.inliers.size());
  std::size_t right = 0;
  for (const MatchedPair& pair : found.inliers) {
    const auto [x, y] = Map(GetParam(), pair.query_x, pair.query_y);
    if (std::hypot(x - pair.candidate_x, y - pair.candidate_y) < 4) ++right;
  }
  EXPECT_GE(right, found.inliers.size() * 9 / 10);
  const auto& m = found.query_to_candidate;
  const auto [x, y] = Map(GetParam(), 200, 150);
  EXPECT_NEAR(m[0] * 200 + m[1] * 150 + m[2], x, 8);
  EXPECT_NEAR(m[3] * 200 + m[4] * 150 + m[5], y, 8);
}

TEST(VerifyMatch, FindsAPartOfAPhotoInItsOwnFrame) {
  const Photo photo = PaintPackage(2);
  const Box part{.x = 150, .y = 80, .width = 220, .height = 200};
  const auto query = ExtractLocalFeatures(photo, part);
  ASSERT_TRUE(query);
  const Verification found = VerifyMatch(*query, FeaturesOf(photo));
  ASSERT_GE(found.inliers.size(), 15U);
  const auto& m = found.query_to_candidate;
  EXPECT_NEAR(m[0], 1, 0.05);
  EXPECT_NEAR(m[0] * 260 + m[1] * 180 + m[2], 260, 4);
  EXPECT_NEAR(m[3] * 260 + m[4] * 180 + m[5], 180, 4);
}

TEST(VerifyMatch, FindsLittleInAnotherPicture) {
  for (unsigned seed = 10; seed < 20; ++seed) {
    const Verification found =
        VerifyMatch(FeaturesOf(PaintPackage(seed)), FeaturesOf(PaintPackage(seed + 50)));
    EXPECT_LE(found.inliers.size(), 5U) << seed;
  }
}

TEST(VerifyMatch, DoesNotTakeAMirroredPictureForTheSame) {
  const Photo photo = PaintPackage(3);
  const Homography mirrored = {-1, 0, 400, 0, 1, 0, 0, 0};
  EXPECT_LE(VerifyMatch(FeaturesOf(photo), FeaturesOf(Warp(photo, mirrored))).inliers.size(), 5U);
}

TEST(VerifyMatch, FindsNothingInPlainPicturesAndEmptySets) {
  const LocalFeatures package = FeaturesOf(PaintPackage(4));
  const LocalFeatures plain = FeaturesOf(PaintPlain());
  for (const auto& [query, candidate] :
       {std::pair{&package, &plain}, {&plain, &package}, {&plain, &plain}}) {
    const Verification found = VerifyMatch(*query, *candidate);
    EXPECT_EQ(found.matched, 0);
    EXPECT_TRUE(found.inliers.empty());
    EXPECT_EQ(found.query_to_candidate, (std::array<float, 6>{}));
  }
}

TEST(VerifyMatch, CountsASpotOnce) {
  // Twenty keypoints at one place, each with a descriptor of its own.
  LocalFeatures features{.region = {.width = 100, .height = 100}};
  for (std::size_t i = 0; i < 20; ++i) {
    features.keypoints.push_back({.x = 50, .y = 50, .size = 10});
    for (std::size_t j = 0; j < kDescriptorSize; ++j)
      features.descriptors.push_back(j / 6 == i ? 104 : 0);
  }
  const Verification found = VerifyMatch(features, features);
  EXPECT_EQ(found.matched, 20);
  EXPECT_EQ(found.inliers.size(), 1U);
}

TEST(VerifyMatch, NeedsADescriptorUnlikeTheOthers) {
  // Two candidates look the same: neither can be said to be the one. Rows a little shorter and a
  // little longer than one.
  for (const std::int8_t value : {std::int8_t{22}, std::int8_t{23}}) {
    const LocalFeatures query{.region = {.width = 100, .height = 100},
                              .keypoints = {{.x = 50, .y = 50, .size = 10}},
                              .descriptors = std::vector<std::int8_t>(kDescriptorSize, value)};
    LocalFeatures twice = query;
    twice.keypoints.push_back({.x = 10, .y = 10, .size = 10});
    twice.descriptors.insert(twice.descriptors.end(), kDescriptorSize, value);
    EXPECT_EQ(VerifyMatch(query, twice).matched, 0);
    EXPECT_EQ(VerifyMatch(query, query).matched, 1);
  }
}

}  // namespace
}  // namespace snapshelf
