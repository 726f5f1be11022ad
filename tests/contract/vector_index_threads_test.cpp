// Proves that readers of every VectorIndex see each batch of a concurrent writer whole or not at
// all. Run under ThreadSanitizer it also shows that nothing is raced for.

#include <atomic>
#include <set>
#include <thread>

#include "clustered_set.h"
#include "vector_index_suite.h"

namespace snapshelf {
namespace {

class VectorIndexThreads : public VectorIndexContract {};

INSTANTIATE_TEST_SUITE_P(All, VectorIndexThreads, testing::ValuesIn(AllContractCases()), CaseName);

// The writer replaces the same eight vectors again and again, each time all in a new group; a
// reader that saw half a batch would find two groups, or fewer than eight vectors.
TEST_P(VectorIndexThreads, ReadersSeeBatchesWhole) {
  constexpr std::size_t kBatch = 8;
  constexpr GroupId kRounds = 150;
  constexpr GroupId kFirstRound = 1'000'000;
  ClusteredSet background(400, kDim);
  ASSERT_TRUE(index_->Add(background.records()));
  const ClusteredSet watched(kBatch, kDim, /*seed=*/3);
  const auto write = [&](GroupId round) {
    std::vector<VectorRecord> batch = watched.records();
    for (VectorRecord& record : batch) {
      record.id += 10'000;
      record.group = kFirstRound + round;
    }
    return index_->Add(batch);
  };
  ASSERT_TRUE(write(0));

  const GroupFilter is_watched = [](GroupId group) { return group >= kFirstRound; };
  const FindOptions options{.k = 20, .filter = &is_watched, .one_per_group = false};
  const auto query = Padded({1, 1}, kDim);
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      GroupId newest = 0;
      do {
        const auto hits = index_->Find(query, options);
        std::set<GroupId> groups;
        if (hits)
          for (const Hit& hit : *hits) groups.insert(hit.group);
        if (!hits || hits->size() != kBatch || groups.size() != 1 || *groups.begin() < newest)
          torn.fetch_add(1);
        else
          newest = *groups.begin();
      } while (!done);
    });
  }
  for (GroupId round = 1; round <= kRounds; ++round) EXPECT_TRUE(write(round));
  done = true;
  readers.clear();
  EXPECT_EQ(torn, 0);
}

TEST_P(VectorIndexThreads, WritersTakeTurns) {
  const ClusteredSet set(300, kDim);
  std::vector<std::jthread> writers;
  for (std::size_t w = 0; w < 3; ++w) {
    writers.emplace_back([&, w] {
      for (std::size_t i = w; i < set.size(); i += 3) {
        const VectorRecord record = set.record(i);
        EXPECT_TRUE(index_->Add(std::span(&record, 1)));
        if (i % 2 != 0) continue;
        EXPECT_TRUE(index_->Remove(std::span(&record.id, 1)));
      }
    });
  }
  writers.clear();
  EXPECT_EQ(index_->stats().vectors, 150U);
  EXPECT_EQ(Find(Padded({1}, kDim), {.k = 300, .one_per_group = false}).size(), 150U);
}

}  // namespace
}  // namespace snapshelf
