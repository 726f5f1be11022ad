// Proves that every VectorIndex answers what a set of ids and groups leaves: what is excluded
// never, of a list nothing else, and k whenever k remain.

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "clustered_set.h"
#include "vector_index_suite.h"

namespace snapshelf {
namespace {

class VectorIndexSets : public VectorIndexContract {
 protected:
  // Ids 0, 1, ..., groups of three.
  static constexpr std::size_t kCount = 1500;

  void Fill() {
    ASSERT_TRUE(index_->Add(set_.records()));
    Settle();
  }

  /// The hits among those of a search for all that `passes` lets pass.
  std::vector<VectorId> Expected(const Vector& query, FindOptions options,
                                 const std::function<bool(const Hit&)>& passes) const {
    const auto k = static_cast<std::size_t>(options.k);
    options.k = kCount;
    options.exclude = {};
    options.only.reset();
    const bool one_per_group = options.one_per_group;
    options.one_per_group = false;
    std::vector<VectorId> ids;
    std::set<GroupId> groups;
    for (const Hit& hit : Find(query, options)) {
      if (ids.size() == k || !passes(hit)) continue;
      if (one_per_group && !groups.insert(hit.group).second) continue;
      ids.push_back(hit.id);
    }
    return ids;
  }

  ClusteredSet set_{kCount, kDim};
};

INSTANTIATE_TEST_SUITE_P(All, VectorIndexSets, testing::ValuesIn(AllContractCases()), CaseName);

TEST_P(VectorIndexSets, NeverAnswersWhatIsExcluded) {
  Fill();
  for (const bool one_per_group : {true, false}) {
    const auto query = set_.Next();
    FindOptions options{.k = 20, .one_per_group = one_per_group};
    // The very nearest are excluded, by id and by group.
    std::vector<VectorId> ids;
    std::vector<GroupId> groups;
    for (const Hit& hit : Find(query, {.k = 60, .one_per_group = false}))
      hit.id % 2 == 0 ? ids.push_back(hit.id) : groups.push_back(hit.group);
    std::ranges::sort(ids);
    std::ranges::sort(groups);
    options.exclude = {.ids = ids, .groups = groups};
    const auto hits = Find(query, options);
    ASSERT_EQ(hits.size(), 20U);
    for (const Hit& hit : hits) EXPECT_FALSE(options.exclude.Contains(hit.id, hit.group));
    if (GetParam().backend.approximate) continue;
    EXPECT_EQ(IdsOf(hits), Expected(query, options, [&](const Hit& hit) {
                return !options.exclude.Contains(hit.id, hit.group);
              }));
  }
}

TEST_P(VectorIndexSets, AnswersAllThatIsNotExcludedWhenLittleRemains) {
  Fill();
  std::vector<VectorId> ids;
  for (VectorId id = 0; id < kCount; ++id)
    if (id % 100 != 0) ids.push_back(id);
  EXPECT_EQ(Find(set_.Next(), {.k = 50, .exclude = {.ids = ids, .groups = {}}}).size(), 15U);
}

TEST_P(VectorIndexSets, AnswersFromAListOnly) {
  Fill();
  const std::vector<VectorId> ids = {3, 4, 50, 51, 52, 700, 1'000'000};
  const std::vector<GroupId> groups = {1, 30, 31, 499, 500, 9'999};
  for (const bool one_per_group : {true, false})
    for (const int k : {1, 5, 100}) {
      const auto query = set_.Next();
      const FindOptions options{
          .k = k, .only = VectorSet{.ids = ids, .groups = groups}, .one_per_group = one_per_group};
      EXPECT_EQ(IdsOf(Find(query, options)), Expected(query, options, [&](const Hit& hit) {
                  return options.only->Contains(hit.id, hit.group);
                }));
    }
}

TEST_P(VectorIndexSets, AnswersFromALongListAsAScanWould) {
  Fill();
  std::vector<GroupId> groups;
  for (GroupId group = 0; group < kCount / 3; ++group)
    if (group % 10 != 0) groups.push_back(group);
  std::size_t wanted = 0;
  std::size_t found = 0;
  for (int i = 0; i < 20; ++i) {
    const auto query = set_.Next();
    const FindOptions options{.k = 10, .only = VectorSet{.ids = {}, .groups = groups}};
    const auto ids = IdsOf(Find(query, options));
    ASSERT_EQ(ids.size(), 10U);
    const auto expected =
        Expected(query, options, [](const Hit& hit) { return hit.group % 10 != 0; });
    wanted += expected.size();
    for (const VectorId id : ids) found += std::ranges::count(expected, id);
  }
  EXPECT_GE(static_cast<double>(found), 0.98 * static_cast<double>(wanted));
}

TEST_P(VectorIndexSets, AListKeepsFilterAndExclusionsAndFollowsChanges) {
  Fill();
  std::vector<GroupId> groups;
  for (GroupId group = 0; group < 40; ++group) groups.push_back(group);
  const std::vector<VectorId> excluded = {6, 7};
  const GroupFilter even = [](GroupId group) { return group % 2 == 0; };
  FindOptions options{.k = 200,
                      .filter = &even,
                      .exclude = {.ids = excluded, .groups = {}},
                      .only = VectorSet{.ids = {}, .groups = groups},
                      .one_per_group = false};
  EXPECT_EQ(Find(set_.Next(), options).size(), 20U * 3 - 2);
  Remove({0, 1, 2, 3});             // group 0 is gone
  Add(8, 3, Padded({1, 2}, kDim));  // group 2 keeps nothing
  Add(5000, 4, Padded({2, 1}, kDim));
  EXPECT_EQ(Find(set_.Next(), options).size(), 20U * 3 - 2 - 3 - 1 + 1);
  options.only = VectorSet{};
  EXPECT_TRUE(Find(set_.Next(), options).empty());
}

TEST_P(VectorIndexSets, ALongListOfGroupsIsALikeAFilter) {
  Fill();
  std::vector<GroupId> groups;
  for (GroupId group = 0; group < 20'000; ++group)
    if (group % 5 == 0) groups.push_back(group);
  while (groups.size() <= 5'000) groups.push_back(groups.back() + 1);
  const FindOptions options{.k = 50, .only = VectorSet{.ids = {}, .groups = groups}};
  const auto hits = Find(set_.Next(), options);
  EXPECT_EQ(hits.size(), 50U);
  for (const Hit& hit : hits) EXPECT_EQ(hit.group % 5, 0U);
}

TEST_P(VectorIndexSets, RefusesASetThatIsNotInOrder) {
  const std::vector<VectorId> ids = {2, 1};
  for (const FindOptions& options : {FindOptions{.exclude = {.ids = ids, .groups = {}}},
                                     FindOptions{.exclude = {.ids = {}, .groups = ids}},
                                     FindOptions{.only = VectorSet{.ids = ids, .groups = {}}}}) {
    const auto hits = index_->Find(Padded({1}, kDim), options);
    ASSERT_FALSE(hits);
    EXPECT_EQ(hits.error().code, Code::kInvalidArgument);
    EXPECT_NE(hits.error().message.find("order"), std::string::npos);
  }
}

// A list is read by the writer's maps: a reader sees each batch whole, or asks all rows.
TEST_P(VectorIndexSets, AListIsReadWhileAWriterGoesOn) {
  Fill();
  const std::vector<VectorId> ids = {10, 11, 12, 13};
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  {
    const std::jthread reader([&] {
      const FindOptions options{
          .k = 10, .only = VectorSet{.ids = ids, .groups = {}}, .one_per_group = false};
      const auto query = Padded({1, 1}, kDim);
      while (!done)
        if (index_->Find(query, options)->size() != ids.size()) ++wrong;
    });
    for (GroupId round = 0; round < 60; ++round) {
      std::vector<VectorRecord> batch;
      for (const VectorId id : ids) {
        batch.push_back(set_.record(id));
        batch.back().group = 10'000 + round;
      }
      ASSERT_TRUE(index_->Add(batch));
    }
    done = true;
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace snapshelf
