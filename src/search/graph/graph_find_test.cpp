// Proves when a walk through a graph ends, and what follows one that ended in a crowd.

#include "search/graph/graph_find.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "kernels/kernels.h"

namespace snapshelf {
namespace {

constexpr int kDim = 16;
constexpr VectorId kRows = 20'000;
constexpr int kK = 10;
constexpr int kQueries = 50;
constexpr std::size_t kWide = 1000;  // a window that no walk of the tests needs

bool Passes(GroupId group) {
  return group % 30 == 0;
}

/// Unit vectors without clusters, each a group of its own, in a graph.
class Shelf {
 public:
  Shelf() : table_(std::make_shared<VectorTable>(kDim, Metric::kL2)), state_(table_) {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = 0; id < kRows; ++id) values.push_back(Next());
    for (VectorId id = 0; id < kRows; ++id)
      records.push_back({.id = id, .group = id, .values = values[id]});
    table_->Add(records);
    state_.Cover(table_->view(), 1, [] {}, {});
    for (int i = 0; i < kQueries; ++i) queries_.push_back(Next());
  }

  [[nodiscard]] const GraphState& state() const { return state_; }
  [[nodiscard]] const std::vector<std::vector<float>>& queries() const { return queries_; }
  [[nodiscard]] VectorTable::View view() const { return table_->view(); }
  [[nodiscard]] const Scorer& score() const { return score_; }

  /// The nearest kK that `filter` lets pass, by all of them.
  [[nodiscard]] std::set<VectorId> Nearest(const std::vector<float>& query,
                                           const GroupFilter& filter) const {
    const FindOptions options{.k = kK};
    TopHits top(options);
    for (VectorId id = 0; id < kRows; ++id)
      if (filter(id))
        top.Offer({.id = id, .group = id, .score = score_(query.data(), view().values(id), kDim)});
    std::set<VectorId> ids;
    for (const Hit& hit : top.Take()) ids.insert(hit.id);
    return ids;
  }

 private:
  std::vector<float> Next() {
    std::vector<float> values(kDim);
    for (float& value : values) value = normal_(random_);
    PrepareVector(Metric::kCosine, values);
    return values;
  }

  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
  std::shared_ptr<VectorTable> table_;
  GraphState state_;
  std::vector<std::vector<float>> queries_;
  Scorer score_{Metric::kL2, ActiveKernels()};
};

const Shelf& TheShelf() {
  static const Shelf& shelf = *new Shelf;
  return shelf;
}

struct Walked {
  double recall = 0;
  std::size_t asked = 0;    ///< rows that the filter was asked for
  std::size_t cut_off = 0;  ///< walks
};

/// Walks of all queries to the rows that pass.
Walked WalkFiltered(const WalkReach& reach, std::size_t kept) {
  const Shelf& shelf = TheShelf();
  const FlatGraph& graph = *shelf.state().graph();
  const GroupFilter filter = Passes;
  Walked walked;
  std::size_t found = 0;
  GraphWalk walk;
  CodeQuery code;
  for (const auto& query : shelf.queries()) {
    graph.codec().PrepareQuery(query.data(), code);
    const auto passes = [&](Row row) {
      ++walked.asked;
      return Passes(row);
    };
    const WalkFilter walk_filter{.row_passes = passes, .group_passes = filter, .kept = kept};
    graph.Find(code, reach, walk, &walk_filter);
    const auto nearest = shelf.Nearest(query, filter);
    for (const Candidate& candidate : walk.passing()) found += nearest.count(candidate.row);
    if (walk.WasCutOff()) ++walked.cut_off;
  }
  walked.recall = static_cast<double>(found) / (kQueries * kK);
  return walked;
}

// A tenth farther than the k-th that passes, which lies beyond a tenth farther than the k-th of
// all: what is behind is not followed, and nothing near is missed.
TEST(GraphWalk, WithAFilterEndsByTheDistanceOfThoseThatPass) {
  const WalkReach by_window{.window = kWide};
  WalkReach by_distance = by_window;
  by_distance.least = 20;
  by_distance.nearest = kK;
  by_distance.stretch2 = 1.1F * 1.1F;
  const Walked whole = WalkFiltered(by_window, kWide);
  const Walked ended = WalkFiltered(by_distance, kWide);
  EXPECT_GE(whole.recall, 0.99);
  EXPECT_GE(ended.recall, 0.98);
  EXPECT_LT(ended.asked, whole.asked * 3 / 4);
}

TEST(GraphWalk, LeavesNothingBeyondItsReachButTheLeast) {
  const WalkReach reach{.window = kWide, .least = 20, .nearest = kK, .stretch2 = 1.1F * 1.1F};
  const FlatGraph& graph = *TheShelf().state().graph();
  GraphWalk walk;
  CodeQuery code;
  for (const auto& query : TheShelf().queries()) {
    graph.codec().PrepareQuery(query.data(), code);
    graph.Find(code, reach, walk);
    ASSERT_GE(walk.found().size(), reach.least);
    const float last = Codec::KeyBeyond(code, walk.found()[kK - 1].key, reach.stretch2);
    for (std::size_t i = reach.least; i < walk.found().size(); ++i)
      EXPECT_LE(walk.found()[i].key, last);
  }
}

TEST(GraphWalk, TellsThatMoreWereNearThanItKeeps) {
  constexpr std::size_t kFew = 20;
  const WalkReach far{.window = kWide, .least = 20, .nearest = kK, .stretch2 = 2 * 2};
  EXPECT_EQ(WalkFiltered(far, kFew).cut_off, std::size_t{kQueries});
  WalkReach near = far;
  near.stretch2 = 1;
  EXPECT_EQ(WalkFiltered(near, kFew).cut_off, 0U);
  EXPECT_EQ(WalkFiltered({.window = kWide}, kFew).cut_off, 0U);
}

/// Of hits by a plan whose walks are so short that they miss many.
double RecallOfShortWalks(bool walks_lose_crowds) {
  const Shelf& shelf = TheShelf();
  const GroupFilter filter = [](GroupId group) { return group % 3 == 0; };
  const FindOptions options{.k = kK, .filter = &filter};
  const WalkPlan plan{.window = 1,
                      .window_max = 1,
                      .kept = 4 * kK,
                      .walks_lose_crowds = walks_lose_crowds,
                      .reach = {.window = 1, .least = 1, .nearest = kK, .stretch2 = 2 * 2}};
  const GraphFinder finder(shelf.state(), shelf.view(), shelf.score(), options, plan,
                           /*scores_by_codes=*/false);
  std::size_t right = 0;
  for (const auto& query : shelf.queries()) {
    TopHits top(options);
    EXPECT_TRUE(finder.Find(query, top));
    const auto nearest = shelf.Nearest(query, filter);
    for (const Hit& hit : top.Take()) right += nearest.count(hit.id);
  }
  return static_cast<double>(right) / (kQueries * kK);
}

TEST(GraphFinder, ScansAfterAWalkThatWasCutOffInACrowd) {
  EXPECT_LT(RecallOfShortWalks(/*walks_lose_crowds=*/false), 0.9);
  EXPECT_EQ(RecallOfShortWalks(/*walks_lose_crowds=*/true), 1.0);
}

}  // namespace
}  // namespace snapshelf
