// Proves that matched spots lift a candidate, and that without them the embedding's order stays.
#include "rerank/fuse.h"

#include <gmock/gmock.h>

namespace snapshelf {
namespace {

using ::testing::ElementsAre;

TEST(FuseOrder, LeavesTheOrderWithoutEvidence) {
  const std::vector<Evidence> shortlist = {{0.9F, 0}, {0.9F, 3}, {0.8F, 1}, {0.8F, 2}, {0.1F, 3}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(0, 1, 2, 3, 4));
}

TEST(FuseOrder, LiftsACandidateWithManyMatchedSpots) {
  const std::vector<Evidence> shortlist = {{0.8F, 1}, {0.7F, 2}, {0.5F, 20}, {0.4F, 0}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(2, 0, 1, 3));
}

TEST(FuseOrder, LetsALittleEvidenceDecideOnlyAmongEquals) {
  const std::vector<Evidence> shortlist = {{0.8F, 0}, {0.5F, 4}, {0.5F, 5}};
  EXPECT_THAT(FuseOrder(shortlist), ElementsAre(0, 2, 1));
}

TEST(FuseOrder, OfNothingIsNothing) {
  EXPECT_TRUE(FuseOrder({}).empty());
}

TEST(FusedScore, GrowsNoFurtherWhereEvidenceIsFull) {
  const FuseOptions options;
  EXPECT_EQ(FusedScore({0.5F, options.inliers_full}), FusedScore({0.5F, 500}));
  EXPECT_EQ(FusedScore({0.5F, options.inliers_free}), 0.5F);
}

TEST(IsSameItem, NeedsMoreThanChance) {
  EXPECT_FALSE(IsSameItem({0.99F, 5}));
  EXPECT_TRUE(IsSameItem({0.2F, 12}));
}

}  // namespace
}  // namespace snapshelf
