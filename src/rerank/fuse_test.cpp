// Proves that matched spots lift a candidate, and that without them the embedding's order stays.
#include "rerank/fuse.h"

#include <gmock/gmock.h>

namespace snapshelf {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

TEST(FuseOrder, LeavesTheOrderWithoutEvidence) {
  const std::vector<Evidence> shortlist = {{0.9F, 0}, {0.9F, 3}, {0.8F, 1}, {0.8F, 2}, {0.1F, 3}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(0, 1, 2, 3, 4));
}

TEST(FuseOrder, LeavesTheOrderWhereNoCandidateIsTheSameItem) {
  const std::vector<Evidence> shortlist = {{0.8F, 2}, {0.79F, 9}, {0.78F, 8}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(0, 1, 2));
}

TEST(FuseOrder, LiftsACandidateWithManyMatchedSpots) {
  const std::vector<Evidence> shortlist = {{0.8F, 1}, {0.7F, 2}, {0.5F, 20}, {0.4F, 0}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(2, 0, 1, 3));
}

TEST(FuseOrder, LetsTheScoreDecideAmongEqualEvidence) {
  const std::vector<Evidence> shortlist = {{0.8F, 0}, {0.5F, 25}, {0.6F, 25}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(2, 1, 0));
}

TEST(FuseOrder, OfNothingIsNothing) {
  EXPECT_TRUE(FuseOrder({}).empty());
}

TEST(FuseScores, AddNothingForChanceAndNoMoreThanFullEvidence) {
  const FuseOptions options;
  const std::vector<Evidence> shortlist = {
      {0.5F, options.inliers_free}, {0.5F, options.inliers_full}, {0.5F, 500}};
  const float full =
      0.5F + options.weight * static_cast<float>(options.inliers_full - options.inliers_free);
  EXPECT_THAT(FuseScores(shortlist), ElementsAre(FloatEq(0.5F), FloatEq(full), FloatEq(full)));
}

TEST(IsSameItem, NeedsMoreThanChance) {
  EXPECT_FALSE(IsSameItem({0.99F, 5}));
  EXPECT_TRUE(IsSameItem({0.2F, 12}));
}

}  // namespace
}  // namespace snapshelf
