// Proves that TopHits keeps what sorting everything would keep, for random offers with many ties.

#include "search/top_hits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

namespace snapshelf {
namespace {

std::vector<Hit> RandomHits(std::mt19937& random, std::size_t count) {
  std::vector<Hit> hits;
  for (VectorId id = 0; id < count; ++id)
    hits.push_back({.id = id, .group = random() % 12, .score = static_cast<float>(random() % 20)});
  std::ranges::shuffle(hits, random);
  return hits;
}

std::vector<VectorId> BySorting(std::vector<Hit> hits, const FindOptions& options) {
  std::ranges::sort(hits, BetterHit{});
  std::vector<VectorId> ids;
  std::set<GroupId> groups;
  for (const Hit& hit : hits) {
    if (ids.size() == static_cast<std::size_t>(options.k)) break;
    if (options.min_score && hit.score < *options.min_score) break;
    if (options.one_per_group && !groups.insert(hit.group).second) continue;
    ids.push_back(hit.id);
  }
  return ids;
}

TEST(TopHits, KeepsWhatSortingWouldKeep) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    FindOptions options{.k = static_cast<int>(1 + random() % 15),
                        .one_per_group = random() % 2 == 0};
    if (random() % 3 == 0) options.min_score = static_cast<float>(random() % 20);
    const auto hits = RandomHits(random, random() % 60);
    TopHits top(options);
    for (const Hit& hit : hits) top.Offer(hit);
    std::vector<VectorId> ids;
    for (const Hit& hit : top.Take()) ids.push_back(hit.id);
    EXPECT_EQ(ids, BySorting(hits, options)) << "round " << round;
  }
}

TEST(TopHits, RaisesItsFloorOnceFull) {
  TopHits top(FindOptions{.k = 2});
  top.Offer({.id = 1, .group = 1, .score = 5});
  EXPECT_LT(top.floor(), 0);
  top.Offer({.id = 2, .group = 2, .score = 3});
  EXPECT_EQ(top.floor(), 3);
  top.Offer({.id = 3, .group = 3, .score = 4});
  EXPECT_EQ(top.floor(), 4);
}

// Of bytes that rotted, say: such a score has no place in an order.
TEST(TopHits, KeepsNothingThatIsNoNumber) {
  TopHits top({.k = 2});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (VectorId id = 0; id < 6; ++id)
    top.Offer({.id = id, .group = id, .score = id % 2 == 0 ? nan : static_cast<float>(id)});
  const auto hits = top.Take();
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].id, 5U);
  EXPECT_EQ(hits[1].id, 3U);
}

}  // namespace
}  // namespace snapshelf
