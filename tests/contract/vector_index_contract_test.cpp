// Proves that every VectorIndex keeps the promises of vector_index.h: one suite over all
// implementations and metrics, with brute force in double precision as the truth.

#include <algorithm>
#include <cmath>
#include <set>

#include "clustered_set.h"
#include "vector_index_suite.h"

namespace snapshelf {
namespace {

INSTANTIATE_TEST_SUITE_P(All, VectorIndexContract, testing::ValuesIn(AllContractCases()), CaseName);

double TrueScore(Metric metric, std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double aa = 0;
  double bb = 0;
  double l2 = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
    l2 += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  }
  if (metric == Metric::kCosine) return dot / std::sqrt(aa * bb);
  return metric == Metric::kL2 ? -l2 : dot;
}

/// Brute force: the k best, and of each group the best only if asked.
std::vector<Hit> TrueHits(const ClusteredSet& set, Metric metric, std::span<const float> query,
                          const FindOptions& options) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < set.size(); ++i)
    if (options.filter == nullptr || (*options.filter)(set.record(i).group))
      order.emplace_back(-TrueScore(metric, query, set.record(i).values), i);
  std::ranges::sort(order);
  std::vector<Hit> hits;
  std::set<GroupId> groups;
  for (const auto& [score, i] : order) {
    if (hits.size() == static_cast<std::size_t>(options.k)) break;
    const VectorRecord record = set.record(i);
    if (options.one_per_group && !groups.insert(record.group).second) continue;
    hits.push_back({.id = record.id, .group = record.group, .score = static_cast<float>(-score)});
  }
  return hits;
}

void ExpectOrdered(const std::vector<Hit>& hits) {
  for (std::size_t i = 1; i < hits.size(); ++i)
    EXPECT_TRUE(hits[i - 1].score > hits[i].score ||
                (hits[i - 1].score == hits[i].score && hits[i - 1].id < hits[i].id));
}

TEST_P(VectorIndexContract, AnswersNothingWhenEmpty) {
  EXPECT_TRUE(Find(Padded({1}, kDim), {.k = 5}).empty());
  EXPECT_EQ(index_->stats().vectors, 0U);
}

TEST_P(VectorIndexContract, KnowsItsDimAndMetric) {
  EXPECT_EQ(index_->dim(), kDim);
  EXPECT_EQ(index_->metric(), GetParam().metric);
}

TEST_P(VectorIndexContract, FindsAVectorAsSoonAsItIsAdded) {
  ClusteredSet set(60, kDim);
  for (std::size_t i = 0; i < set.size(); ++i) {
    const VectorRecord record = set.record(i);
    ASSERT_TRUE(index_->Add(std::span(&record, 1)));
    const auto ids = IdsOf(Find({record.values.begin(), record.values.end()},
                                {.k = static_cast<int>(set.size()), .one_per_group = false}));
    EXPECT_NE(std::ranges::find(ids, record.id), ids.end()) << "vector " << i;
  }
}

TEST_P(VectorIndexContract, ReplacesTheVectorOfAKnownId) {
  Add(1, 10, Padded({1, 0}, kDim));
  Add(2, 20, Padded({0.1F, 0.1F}, kDim));
  Settle();
  Add(1, 30, Padded({-1, 0}, kDim));
  const auto hits = Find(Padded({1, 0}, kDim), {.k = 5});
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].id, 2U);
  EXPECT_EQ(hits[1].id, 1U);
  EXPECT_EQ(hits[1].group, 30U);
  EXPECT_EQ(index_->stats().vectors, 2U);
  EXPECT_EQ(index_->stats().groups, 2U);
}

TEST_P(VectorIndexContract, KeepsTheLastOfEqualIdsInOneBatch) {
  const auto first = Padded({1, 0}, kDim);
  const auto last = Padded({0, 1}, kDim);
  const VectorRecord records[] = {{.id = 7, .group = 1, .values = first},
                                  {.id = 7, .group = 2, .values = last}};
  ASSERT_TRUE(index_->Add(records));
  const auto hits = Find(last, {.k = 5, .one_per_group = false});
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].group, 2U);
}

TEST_P(VectorIndexContract, NeverFindsARemovedVector) {
  ClusteredSet set(90, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  std::vector<VectorId> odd;
  for (VectorId id = 1; id < 90; id += 2) odd.push_back(id);
  Remove(odd);
  const auto ids = IdsOf(Find(set.Next(), {.k = 90, .one_per_group = false}));
  EXPECT_EQ(ids.size(), 45U);
  for (const VectorId id : ids) EXPECT_EQ(id % 2, 0U);
}

TEST_P(VectorIndexContract, IgnoresUnknownIdsWhenRemoving) {
  Add(1, 1, Padded({1}, kDim));
  Remove({5, 6});
  Remove({});
  EXPECT_EQ(index_->stats().vectors, 1U);
}

TEST_P(VectorIndexContract, FindsAVectorThatCameBack) {
  Add(1, 1, Padded({1}, kDim));
  Remove({1});
  EXPECT_TRUE(Find(Padded({1}, kDim), {.k = 1}).empty());
  Add(1, 1, Padded({1}, kDim));
  EXPECT_EQ(Find(Padded({1}, kDim), {.k = 1}).size(), 1U);
}

TEST_P(VectorIndexContract, ScoresByItsMetric) {
  const auto query = Padded({3, 4}, kDim);
  const auto stored = Padded({2, 0}, kDim);
  Add(1, 1, stored);
  const auto hits = Find(query, {.k = 1});
  ASSERT_EQ(hits.size(), 1U);
  const float expected[] = {0.6F, 6.0F, -17.0F};  // cosine, inner product, negated squared L2
  EXPECT_NEAR(hits[0].score, expected[static_cast<int>(GetParam().metric)], 1e-6);
}

TEST_P(VectorIndexContract, OrdersEqualScoresById) {
  for (const VectorId id : {9, 3, 7, 1, 5}) Add(id, id, Padded({1, 1}, kDim));
  Settle();
  const auto hits = Find(Padded({1, 1}, kDim), {.k = 3});
  EXPECT_EQ(IdsOf(hits), (std::vector<VectorId>{1, 3, 5}));
}

TEST_P(VectorIndexContract, GivesTheBestVectorOfEachGroupOnce) {
  ClusteredSet set(600, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  for (int i = 0; i < 20; ++i) {
    const auto query = set.Next();
    const auto hits = Find(query, {.k = 50});
    std::set<GroupId> groups;
    for (const Hit& hit : hits) EXPECT_TRUE(groups.insert(hit.group).second);
    EXPECT_EQ(hits.size(), 50U);
    ExpectOrdered(hits);
  }
}

TEST_P(VectorIndexContract, GivesEveryVectorOfAGroupWhenAsked) {
  for (VectorId id = 0; id < 12; ++id) Add(id, 1, Padded({1, static_cast<float>(id)}, kDim));
  EXPECT_EQ(Find(Padded({1}, kDim), {.k = 20, .one_per_group = false}).size(), 12U);
  EXPECT_EQ(Find(Padded({1}, kDim), {.k = 20, .one_per_group = true}).size(), 1U);
}

TEST_P(VectorIndexContract, ReturnsKWheneverKPassTheFilter) {
  ClusteredSet set(3000, kDim);  // 1,000 groups
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  const GroupFilter half = [](GroupId group) { return group % 2 == 0; };
  const GroupFilter hundredth = [](GroupId group) { return group % 100 == 42; };  // 10 groups
  const GroupFilter exactly_20 = [](GroupId group) { return group >= 500 && group < 520; };
  const GroupFilter none = [](GroupId) { return false; };
  struct Case {
    const GroupFilter* filter;
    std::size_t groups;
  };
  for (const auto& [filter, groups] : {Case{nullptr, 1000}, Case{&half, 500}, Case{&hundredth, 10},
                                       Case{&exactly_20, 20}, Case{&none, 0}}) {
    for (const int k : {1, 20, 1000, kMaxK}) {
      const auto query = set.Next();
      const auto hits = Find(query, {.k = k, .filter = filter});
      EXPECT_EQ(hits.size(), std::min<std::size_t>(k, groups)) << "k " << k;
      ExpectOrdered(hits);
      for (const Hit& hit : hits) EXPECT_TRUE(filter == nullptr || (*filter)(hit.group));
      const auto all = Find(query, {.k = k, .filter = filter, .one_per_group = false});
      EXPECT_EQ(all.size(), std::min<std::size_t>(k, groups * 3)) << "k " << k;
    }
  }
}

TEST_P(VectorIndexContract, ReturnsKAfterMostVectorsWereRemoved) {
  ClusteredSet set(1500, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  std::vector<VectorId> removed;
  for (VectorId id = 0; id < 1480; ++id) removed.push_back(id);
  Remove(removed);
  EXPECT_EQ(Find(set.Next(), {.k = 20, .one_per_group = false}).size(), 20U);
  EXPECT_EQ(Find(set.Next(), {.k = 100, .one_per_group = false}).size(), 20U);
}

TEST_P(VectorIndexContract, DropsHitsBelowMinScore) {
  ClusteredSet set(500, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  for (int i = 0; i < 20; ++i) {
    const auto query = set.Next();
    const auto best = Find(query, {.k = 8});
    ASSERT_EQ(best.size(), 8U);
    const auto hits = Find(query, {.k = 100, .min_score = best[4].score});
    EXPECT_EQ(IdsOf(hits), (IdsOf({best.begin(), best.begin() + 5})));
    EXPECT_EQ(Find(query, {.k = 3, .min_score = best[4].score}).size(), 3U);
    EXPECT_TRUE(Find(query, {.k = 3, .min_score = 1e30F}).empty());
  }
}

TEST_P(VectorIndexContract, GivesTheSameAnswersInABatch) {
  ClusteredSet set(800, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  std::vector<float> queries;
  std::vector<std::vector<float>> single;
  for (int i = 0; i < 17; ++i) {
    single.push_back(set.Next());
    queries.insert(queries.end(), single.back().begin(), single.back().end());
  }
  const auto answers = index_->FindBatch(queries, {.k = 10});
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), single.size());
  for (std::size_t i = 0; i < single.size(); ++i) {
    const auto alone = Find(single[i], {.k = 10});
    EXPECT_EQ(IdsOf((*answers)[i]), IdsOf(alone));
    for (std::size_t j = 0; j < alone.size(); ++j)
      EXPECT_EQ((*answers)[i][j].score, alone[j].score);
  }
  EXPECT_TRUE(index_->FindBatch({}, {.k = 10})->empty());
}

TEST_P(VectorIndexContract, FindsWhatBruteForceFinds) {
  ClusteredSet set(3000, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Settle();
  const GroupFilter third = [](GroupId group) { return group % 3 == 1; };
  for (const GroupFilter* filter : {static_cast<const GroupFilter*>(nullptr), &third}) {
    for (const bool one_per_group : {true, false}) {
      const FindOptions options{.k = 10, .filter = filter, .one_per_group = one_per_group};
      int found = 0;
      constexpr int kQueries = 60;
      for (int i = 0; i < kQueries; ++i) {
        const auto query = set.Next();
        const auto truth = IdsOf(TrueHits(set, GetParam().metric, query, options));
        for (const VectorId id : IdsOf(Find(query, options)))
          found += std::ranges::find(truth, id) != truth.end() ? 1 : 0;
      }
      const double recall = found / (10.0 * kQueries);
      EXPECT_GE(recall, GetParam().backend.approximate ? 0.95 : 1.0);
    }
  }
}

TEST_P(VectorIndexContract, VisitsEveryLiveVectorInOrderOfId) {
  for (const VectorId id : {5, 1, 9}) Add(id, id + 100, Padded({2, static_cast<float>(id)}, kDim));
  Remove({1});
  std::vector<VectorId> ids;
  EXPECT_TRUE(index_->ForEach([&](const VectorRecord& record) {
    ids.push_back(record.id);
    EXPECT_EQ(record.group, record.id + 100);
    ASSERT_EQ(record.values.size(), static_cast<std::size_t>(kDim));
    const float length = std::hypot(2.0F, static_cast<float>(record.id));
    const float scale = GetParam().metric == Metric::kCosine ? 1 / length : 1;
    EXPECT_NEAR(record.values[0], 2 * scale, 1e-6);
  }));
  EXPECT_EQ(ids, (std::vector<VectorId>{5, 9}));
}

TEST_P(VectorIndexContract, CountsVectorsAndGroups) {
  for (VectorId id = 0; id < 9; ++id) Add(id, id / 3, Padded({1, static_cast<float>(id)}, kDim));
  Remove({0, 1, 2, 3});
  const IndexStats stats = index_->stats();
  EXPECT_EQ(stats.vectors, 5U);
  EXPECT_EQ(stats.groups, 2U);
  EXPECT_GT(stats.memory_bytes, 5 * kDim * sizeof(float));
  EXPECT_FALSE(stats.kind.empty());
}

class VectorIndexDurability : public VectorIndexContract {};

std::vector<ContractCase> DurableCases() {
  std::vector<ContractCase> cases = AllContractCases();
  std::erase_if(cases, [](const ContractCase& one) { return !one.backend.durable; });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Durable, VectorIndexDurability, testing::ValuesIn(DurableCases()),
                         CaseName);

TEST_P(VectorIndexDurability, GivesTheSameBitsWhenOpenedAgain) {
  ClusteredSet set(500, kDim);
  ASSERT_TRUE(index_->Add(set.records()));
  Remove({3, 4, 5});
  Add(7, 99, set.Next());
  Settle();
  std::vector<std::vector<float>> queries;
  std::vector<std::vector<Hit>> before;
  for (int i = 0; i < 10; ++i) {
    queries.push_back(set.Next());
    before.push_back(Find(queries.back(), {.k = 30}));
  }
  Open(kDim);
  Settle();
  EXPECT_EQ(index_->stats().vectors, 497U);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto after = Find(queries[i], {.k = 30});
    EXPECT_EQ(IdsOf(after), IdsOf(before[i]));
    for (std::size_t j = 0; j < after.size(); ++j) EXPECT_EQ(after[j].score, before[i][j].score);
  }
}

}  // namespace
}  // namespace snapshelf
