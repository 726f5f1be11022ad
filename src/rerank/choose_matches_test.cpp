// Proves that the spots a shopper sees lie all over the photo, each once.
#include "rerank/choose_matches.h"

#include <gtest/gtest.h>

#include <set>

namespace snapshelf {
namespace {

std::vector<MatchedPair> Grid(int side) {
  std::vector<MatchedPair> pairs;
  for (int i = 0; i < side * side; ++i)
    pairs.push_back({.query_x = static_cast<float>(i % side),
                     .query_y = static_cast<float>(i / side),
                     .candidate_x = static_cast<float>(i)});
  return pairs;
}

TEST(ChooseMatches, TakesFewOnesAllEachOnce) {
  const auto chosen = ChooseMatches(Grid(3));
  std::set<float> seen;
  for (const MatchedPair& pair : chosen) seen.insert(pair.candidate_x);
  EXPECT_EQ(chosen.size(), 9U);
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_TRUE(ChooseMatches({}).empty());
}

TEST(ChooseMatches, SpreadsManyOverThePhoto) {
  const auto chosen = ChooseMatches(Grid(20));
  ASSERT_EQ(chosen.size(), kMatchesShown);
  std::set<int> quarters;  // of the first four
  for (int i = 0; i < 4; ++i)
    quarters.insert((chosen[i].query_x < 10 ? 0 : 1) + (chosen[i].query_y < 10 ? 0 : 2));
  EXPECT_EQ(quarters.size(), 4U);
}

TEST(ChooseMatches, TakesSpotsOnOnePlaceToo) {
  const std::vector<MatchedPair> same(40, MatchedPair{.query_x = 5, .query_y = 5});
  EXPECT_EQ(ChooseMatches(same).size(), kMatchesShown);
}

}  // namespace
}  // namespace snapshelf
