// Proves what the graph index promises about its answers: the nearest are found at every dim and
// metric, with filters by chance and by likeness, among many equal vectors, and after any sequence
// of changes, which a std::map and a scan are asked about too.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

/// Vectors in clusters; the cluster is the group's remainder.
class Clusters {
 public:
  static constexpr std::size_t kClusters = 25;

  explicit Clusters(int dim, unsigned seed = 5)
      : dim_(static_cast<std::size_t>(dim)), random_(seed) {
    for (std::size_t i = 0; i < kClusters * dim_; ++i) centres_.push_back(normal_(random_));
  }
  std::vector<float> Next(std::size_t cluster) {
    std::vector<float> values(dim_);
    for (std::size_t d = 0; d < dim_; ++d)
      values[d] = centres_[cluster % kClusters * dim_ + d] + 0.6F * normal_(random_);
    return values;
  }
  void Add(VectorId from, VectorId to, std::initializer_list<VectorIndex*> indexes) {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = from; id < to; ++id) values.push_back(Next(id));
    for (VectorId id = from; id < to; ++id)
      records.push_back({.id = id, .group = id, .values = values[id - from]});
    for (VectorIndex* index : indexes) ASSERT_TRUE(index->Add(records));
  }

 private:
  std::size_t dim_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<float> centres_;
};

double Recall(const VectorIndex& index, const VectorIndex& exact, Clusters& clusters,
              const FindOptions& options, int queries = 60) {
  int found = 0;
  int wanted = 0;
  for (int i = 0; i < queries; ++i) {
    const auto query = clusters.Next(static_cast<std::size_t>(i));
    const auto hits = index.Find(query, options);
    const auto truth = exact.Find(query, options);
    EXPECT_EQ(hits->size(), truth->size());
    for (const Hit& hit : *truth) found += std::ranges::count(*hits, hit.id, &Hit::id) > 0 ? 1 : 0;
    wanted += static_cast<int>(truth->size());
  }
  return static_cast<double>(found) / wanted;
}

TEST(GraphRecall, FindsTheNearestAtEveryDimAndMetric) {
  for (const int dim : {16, 32, 48, 100, 256, 400, 1040, 2048})
    for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
      Clusters clusters(dim);
      GraphIndex index({.dim = dim, .metric = metric});
      ExactIndex exact(dim, metric);
      clusters.Add(0, 1500, {&index, &exact});
      index.WaitUntilSettled();
      EXPECT_GE(Recall(index, exact, clusters, {.k = 10}), 0.95) << dim;
    }
}

/// Rows that lie densely around one centre, and few around another.
TEST(GraphRecall, AReachFindsTheNearestWhereRowsAreDenseAndWhereTheyAreFew) {
  constexpr int kDim = 64;
  Clusters clusters(kDim);
  for (const Metric metric : {Metric::kCosine, Metric::kL2}) {
    GraphIndex index({.dim = kDim, .metric = metric});
    ExactIndex exact(kDim, metric);
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = 0; id < 20'000; ++id) values.push_back(clusters.Next(id % 200 == 0 ? 1 : 0));
    for (VectorId id = 0; id < 20'000; ++id)
      records.push_back({.id = id, .group = id, .values = values[id]});
    ASSERT_TRUE(index.Add(records));
    ASSERT_TRUE(exact.Add(records));
    index.WaitUntilSettled();
    const auto recall = [&](float reach) {
      Clusters queries(kDim);  // in turn near the dense centre and the other
      int found = 0;
      for (std::size_t i = 0; i < 100; ++i) {
        const auto query = queries.Next(i % 2);
        const auto hits = index.Find(query, {.k = 10, .reach = reach});
        const auto truth = exact.Find(query, {.k = 10});
        for (const Hit& hit : *truth)
          found += static_cast<int>(std::ranges::count(*hits, hit.id, &Hit::id));
      }
      return found / 1000.0;
    };
    EXPECT_GE(recall(0), 0.95);
    EXPECT_GT(recall(0.1F), recall(0.001F));
  }
}

/// Six vectors near each other are one product: of ten products the nearest ten vectors are two.
TEST(GraphRecall, FindsTheNearestProductsWhoseVectorsLieTogether) {
  constexpr int kDim = 32;
  constexpr VectorId kOfProduct = 6;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const auto near = [&](std::vector<float> values, float far) {
    for (float& value : values) value += far * normal(random);
    return values;
  };
  Clusters clusters(kDim);
  std::vector<std::vector<float>> products;
  std::vector<std::vector<float>> values;
  for (std::size_t i = 0; i < 4000; ++i) products.push_back(clusters.Next(i));
  std::vector<VectorRecord> records;
  for (VectorId id = 0; id < products.size() * kOfProduct; ++id)
    values.push_back(near(products[id / kOfProduct], 0.1F));
  for (VectorId id = 0; id < values.size(); ++id)
    records.push_back({.id = id, .group = id / kOfProduct, .values = values[id]});
  GraphIndex index({.dim = kDim});
  ExactIndex exact(kDim, Metric::kCosine);
  ASSERT_TRUE(index.Add(records));
  ASSERT_TRUE(exact.Add(records));
  index.WaitUntilSettled();
  int found = 0;
  constexpr int kQueries = 200;
  for (std::size_t i = 0; i < kQueries; ++i) {
    const auto query = near(products[i * 19], 0.1F);
    const auto hits = index.Find(query, {.k = 10});
    ASSERT_EQ(hits->size(), 10U);
    const auto truth = exact.Find(query, {.k = 10});
    for (const Hit& hit : *truth)
      found += static_cast<int>(std::ranges::count(*hits, hit.group, &Hit::group));
  }
  EXPECT_GE(found, kQueries * 10 * 96 / 100);
}

TEST(GraphRecall, ScoresByCodesAreNearThoseOfTheVectors) {
  constexpr int kDim = 256;
  for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
    Clusters clusters(kDim);
    GraphIndex index({.dim = kDim, .metric = metric});
    ExactIndex exact(kDim, metric);
    clusters.Add(0, 2000, {&index, &exact});
    index.WaitUntilSettled();
    index.ScoreByCodes(true);
    EXPECT_EQ(index.stats().kind, "graph, scores by codes");
    EXPECT_GE(Recall(index, exact, clusters, {.k = 10}), 0.95);
    for (int i = 0; i < 20; ++i) {
      const auto query = clusters.Next(static_cast<std::size_t>(i));
      const auto every = exact.Find(query, {.k = 2000});
      // Of the range of scores; a cosine's is 2 at most.
      const float tolerance = 0.003F * (every->front().score - every->back().score);
      const auto hits = index.Find(query, {.k = 10});
      for (const Hit& hit : *hits)
        EXPECT_NEAR(hit.score, std::ranges::find(*every, hit.id, &Hit::id)->score, tolerance);
      const float middle = (*hits)[4].score;
      const auto above = index.Find(query, {.k = 10, .min_score = middle});
      for (const Hit& hit : *above) EXPECT_GE(hit.score, middle);
    }
  }
}

TEST(GraphRecall, HoldsUnderFiltersByChanceAndByLikeness) {
  constexpr int kDim = 64;
  Clusters clusters(kDim);
  GraphIndex index({.dim = kDim});
  ExactIndex exact(kDim, Metric::kCosine);
  clusters.Add(0, 12'000, {&index, &exact});
  index.WaitUntilSettled();
  const auto chance = [](GroupId of) {
    return GroupFilter([of](GroupId g) { return g * 2654435761U % 4093 % of == 0; });
  };
  const GroupFilter one_cluster = [](GroupId g) { return g % Clusters::kClusters == 3; };
  const GroupFilter some_clusters = [](GroupId g) { return g % Clusters::kClusters < 8; };
  const GroupFilter nothing = [](GroupId) { return false; };
  for (const GroupFilter& filter :
       {chance(1), chance(2), chance(10), chance(100), chance(1000), one_cluster, some_clusters})
    EXPECT_GE(Recall(index, exact, clusters, {.k = 10, .filter = &filter}), 0.95);
  EXPECT_TRUE(index.Find(clusters.Next(0), {.k = 10, .filter = &nothing})->empty());
}

TEST(GraphRecall, ManyEqualVectorsHideNothing) {
  constexpr int kDim = 32;
  Clusters clusters(kDim);
  GraphIndex index({.dim = kDim});
  ExactIndex exact(kDim, Metric::kCosine);
  const auto same = clusters.Next(1);
  std::vector<VectorRecord> copies;
  for (VectorId id = 100'000; id < 100'300; ++id)
    copies.push_back({.id = id, .group = id, .values = same});
  for (VectorIndex* one : std::initializer_list<VectorIndex*>{&index, &exact})
    ASSERT_TRUE(one->Add(copies));
  clusters.Add(0, 3000, {&index, &exact});
  index.WaitUntilSettled();
  int found = 0;
  for (int i = 0; i < 60; ++i) {
    const auto query = clusters.Next(static_cast<std::size_t>(i));
    const auto hits = index.Find(query, {.k = 10});
    const auto truth = exact.Find(query, {.k = 10});
    // Copies are as good as each other: compare scores.
    for (std::size_t j = 0; j < 10; ++j)
      if ((*hits)[j].score >= (*truth)[j].score - 1e-6F) ++found;
  }
  EXPECT_GE(found, 570);
}

/// Many records of one vector among others, as where many sellers show the same picture.
class GraphCopies : public testing::Test {
 protected:
  static constexpr int kDim = 32;
  static constexpr VectorId kFirst = 100'000;
  static constexpr VectorId kLast = 100'300;

  void AddCopies() {
    std::vector<VectorRecord> copies;
    for (VectorId id = kFirst; id < kLast; ++id)
      copies.push_back({.id = id, .group = id, .values = picture_});
    for (VectorIndex* one : std::initializer_list<VectorIndex*>{&index_, &exact_})
      ASSERT_TRUE(one->Add(copies));
  }
  void AddOthers(VectorId count) { clusters_.Add(0, count, {&index_, &exact_}); }

  /// How many of the nearest around the copies are found, by scores: copies are as good as each
  /// other.
  double RecallAroundThem() {
    index_.WaitUntilSettled();
    int found = 0;
    for (int i = 0; i < 60; ++i) {
      const auto query = clusters_.Next(1);
      const auto hits = index_.Find(query, {.k = 10});
      const auto truth = exact_.Find(query, {.k = 10});
      for (std::size_t j = 0; j < 10; ++j)
        if ((*hits)[j].score >= (*truth)[j].score - 1e-6F) ++found;
    }
    return found / 600.0;
  }

  Clusters clusters_{kDim};
  GraphIndex index_{{.dim = kDim}};
  ExactIndex exact_{kDim, Metric::kCosine};
  std::vector<float> picture_ = clusters_.Next(1);
};

TEST_F(GraphCopies, HideNothingThatComesAfterThem) {
  AddCopies();
  AddOthers(12'000);
  EXPECT_GE(RecallAroundThem(), 0.85);
}

TEST_F(GraphCopies, HideNothingThatWasThereBefore) {
  AddOthers(12'000);
  AddCopies();
  EXPECT_GE(RecallAroundThem(), 0.85);
}

TEST_F(GraphCopies, EachIsFoundWhereAFilterRefusesTheOthers) {
  AddOthers(20'000);
  AddCopies();
  index_.WaitUntilSettled();
  for (VectorId id = kFirst; id < kLast; ++id) {
    const GroupFilter filter = [id](GroupId group) {
      return group < kFirst ? group % 3 != 0 : group == id;
    };
    const auto hits = index_.Find(picture_, {.k = 10, .filter = &filter});
    ASSERT_EQ(hits->size(), 10);
    EXPECT_EQ(hits->front().id, id);
  }
}

TEST_F(GraphCopies, ARecordIsFoundThatReplacedItselfManyTimes) {
  AddOthers(20'000);
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(index_.Add({{{.id = kFirst, .group = kFirst, .values = picture_}}}));
  index_.WaitUntilSettled();
  EXPECT_EQ(index_.Find(picture_, {.k = 10})->front().id, kFirst);
}

TEST_F(GraphCopies, AllAreAnsweredWhenAskedFor) {
  AddOthers(20'000);
  AddCopies();
  index_.WaitUntilSettled();
  std::map<VectorId, int> seen;
  const auto hits = index_.Find(picture_, {.k = kLast - kFirst});
  for (const Hit& hit : *hits)
    if (hit.id >= kFirst) ++seen[hit.id];
  EXPECT_EQ(seen.size(), kLast - kFirst);
}

TEST(GraphIndex, HoldsWhatAMapHoldsThroughRandomChanges) {
  constexpr int kDim = 16;
  Clusters clusters(kDim);
  GraphIndex index({.dim = kDim});
  ExactIndex exact(kDim, Metric::kCosine);
  std::map<VectorId, GroupId> model;
  std::mt19937 random(9);
  for (int step = 0; step < 400; ++step) {
    if (random() % 3 == 0) {
      std::vector<VectorId> ids;
      for (int i = 0; i < 20; ++i) ids.push_back(random() % 1200);
      for (const VectorId id : ids) model.erase(id);
      ASSERT_TRUE(index.Remove(ids));
      ASSERT_TRUE(exact.Remove(ids));
    } else {
      const VectorId from = random() % 1200;
      for (VectorId id = from; id < from + 30; ++id) model[id] = id;
      clusters.Add(from, from + 30, {&index, &exact});
    }
    ASSERT_EQ(index.stats().vectors, model.size());
    if (step % 20 != 0) continue;
    // Asked for all, it must give all, settled or not.
    const auto all = index.Find(clusters.Next(0), {.k = kMaxK, .one_per_group = false});
    std::map<VectorId, GroupId> seen;
    for (const Hit& hit : *all) seen[hit.id] = hit.group;
    ASSERT_EQ(seen, model) << "step " << step;
    if (!model.empty()) {
      EXPECT_GE(Recall(index, exact, clusters, {.k = 5}, 20), 0.95);
    }
  }
}

// Readers ask while one thread changes vectors that lie near the queries; the answers must always
// be k, of known ids, in order. Under ThreadSanitizer it shows that nothing is raced for.
TEST(GraphIndex, AnswersWhileItChanges) {
  constexpr int kDim = 32;
  Clusters clusters(kDim);
  GraphIndex index({.dim = kDim, .build_threads = 2});
  clusters.Add(0, 1500, {&index});
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> readers;
  for (unsigned t = 0; t < 2; ++t)
    readers.emplace_back([&, t] {
      Clusters queries(kDim, t);
      while (!done) {
        const auto hits = index.Find(queries.Next(t), {.k = 10});
        if (!hits || hits->size() != 10) ++wrong;
        for (std::size_t i = 1; hits && i < hits->size(); ++i)
          if ((*hits)[i - 1].score < (*hits)[i].score || (*hits)[i].id >= 6000) ++wrong;
      }
    });
  for (VectorId from = 0; from < 3000; from += 150) {
    clusters.Add(from, from + 300, {&index});
    std::vector<VectorId> removed;
    for (VectorId id = from; id < from + 50; ++id) removed.push_back(id);
    ASSERT_TRUE(index.Remove(removed));
  }
  done = true;
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace snapshelf
