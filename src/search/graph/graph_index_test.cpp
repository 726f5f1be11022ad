// Proves that the graph index stays right while its thread works behind it: while the graph grows,
// when it takes over from the scan, and when it is built anew without its dead rows.

#include "search/graph/graph_index.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace snapshelf {
namespace {

constexpr int kDim = 8;

class Vectors {
 public:
  std::vector<float> Next() {
    std::vector<float> values(kDim);
    for (float& value : values) value = normal_(random_);
    return values;
  }
  void Add(VectorIndex& index, VectorId from, VectorId to) {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = from; id < to; ++id) values.push_back(Next());
    for (VectorId id = from; id < to; ++id)
      records.push_back({.id = id, .group = id, .values = values[id - from]});
    ASSERT_TRUE(index.Add(records));
  }

 private:
  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
};

std::vector<VectorId> Ids(VectorId from, VectorId to) {
  std::vector<VectorId> ids;
  for (VectorId id = from; id < to; ++id) ids.push_back(id);
  return ids;
}

TEST(GraphIndex, ScansUntilThereAreVectorsEnoughForAGraph) {
  Vectors vectors;
  GraphIndex index({.dim = kDim, .graph_rows_min = 500});
  vectors.Add(index, 0, 499);
  EXPECT_EQ(index.stats().kind, "exact");
  vectors.Add(index, 499, 600);
  EXPECT_EQ(index.stats().kind, "graph");
  index.WaitUntilSettled();
  EXPECT_EQ(index.Find(vectors.Next(), {.k = 600})->size(), 600U);
}

TEST(GraphIndex, AWriterWaitsForAGraphThatIsFarBehind) {
  Vectors vectors;
  GraphIndex index({.dim = kDim});
  for (VectorId id = 0; id < 300'000; id += 50'000) {
    vectors.Add(index, id, id + 50'000);
    index.WaitForBuilder(0);
    EXPECT_LE(index.Backlog(), 100'000U);
  }
  index.WaitUntilSettled();
  EXPECT_EQ(index.Backlog(), 0U);
}

TEST(GraphIndex, AnswersFromTheFirstVectorWhileTheGraphGrows) {
  Vectors vectors;
  GraphIndex index({.dim = kDim});
  for (VectorId id = 0; id < 1500; id += 100) {
    vectors.Add(index, id, id + 100);
    const auto query = vectors.Next();
    const VectorRecord newest{.id = 1'000'000, .group = 1'000'000, .values = query};
    ASSERT_TRUE(index.Add(std::span(&newest, 1)));
    const auto hits = index.Find(query, {.k = 5});
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), 5U);
    EXPECT_EQ(hits->front().id, newest.id);
  }
}

TEST(GraphIndex, ShrinksWhenMostOfItIsRemoved) {
  Vectors vectors;
  GraphIndex index({.dim = kDim});
  vectors.Add(index, 0, 5'000);
  index.WaitUntilSettled();
  const std::size_t full = index.stats().memory_bytes;
  ASSERT_TRUE(index.Remove(Ids(0, 4'500)));
  vectors.Add(index, 20'000, 20'010);  // while the new graph is built
  ASSERT_TRUE(index.Remove(Ids(4'500, 4'510)));
  index.WaitUntilSettled();
  EXPECT_EQ(index.stats().vectors, 500U);
  EXPECT_LT(index.stats().memory_bytes, full * 2 / 3);
  const auto hits = index.Find(vectors.Next(), {.k = 2000});
  ASSERT_EQ(hits->size(), 500U);
  for (const Hit& hit : *hits) EXPECT_GE(hit.id, 4'510U);
}

TEST(GraphIndex, EndsWhileItsGraphIsBuilt) {
  Vectors vectors;
  for (int i = 0; i < 3; ++i) {
    GraphIndex index({.dim = kDim});
    vectors.Add(index, 0, 3000);
  }
}

}  // namespace
}  // namespace snapshelf
