// Proves that an index whose lower planes are not read yet answers as well as later, and what
// becomes of it when they cannot be read.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "kernels/kernels.h"
#include "search/graph/graph_index.h"
#include "search/metric.h"
#include "search/top_hits.h"

namespace snapshelf {
namespace {

constexpr int kDim = 128;
constexpr VectorId kRows = 3000;
constexpr int kK = 10;

/// Unit vectors in a table and a graph, whose lower planes lie aside.
class Store {
 public:
  Store() {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = 0; id < kRows; ++id) values.push_back(NextVector());
    for (VectorId id = 0; id < kRows; ++id)
      records.push_back({.id = id, .group = id, .values = values[id]});
    table_->Add(records);
    graph_ = FlatGraph::Create(Codec(kDim, Metric::kCosine, std::vector<float>(kDim), 1));
    graph_->GrowTo(kRows);
    const auto group_of = [](Row row) { return GroupId{row}; };
    for (Row row = 0; row < kRows; ++row) {
      graph_->Insert(row, values[row].data());
      graph_->RefreshEntries(row + 1, group_of);
    }
    const std::span lower(graph_->rows().lower(0), kRows * graph_->codec().plane_bytes());
    lower_.assign(lower.begin(), lower.end());
    for (std::uint8_t& byte : lower) byte = static_cast<std::uint8_t>(random_());
  }

  std::vector<float> NextVector() {
    std::vector<float> values(kDim);
    for (float& value : values) value = normal_(random_);
    PrepareVector(Metric::kCosine, values);
    return values;
  }

  /// `before`: called when the lower planes are to be read.
  void RestoreTo(GraphIndex& index, std::function<Status(const std::stop_token&)> before) {
    std::uint8_t* const target = graph_->rows().lower(0);
    index.Restore(table_, {.graph = std::move(graph_),
                           .trained_rows = kRows,
                           .read_lower_planes = [this, target, before = std::move(before)](
                                                    const std::stop_token& stop) -> Status {
                             SNAPSHELF_RETURN_IF_ERROR(before(stop));
                             std::ranges::copy(lower_, target);
                             return {};
                           }});
  }

  [[nodiscard]] std::vector<Hit> Nearest(const std::vector<float>& query) const {
    const FindOptions options{.k = kK};
    TopHits top(options);
    const VectorTable::View view = table_->view();
    const Scorer score(Metric::kCosine, ActiveKernels());
    for (VectorId id = 0; id < kRows; ++id)
      top.Offer({.id = id, .group = id, .score = score(query.data(), view.values(id), kDim)});
    return top.Take();
  }

 private:
  std::mt19937 random_{1};
  std::normal_distribution<float> normal_;
  std::shared_ptr<VectorTable> table_ = std::make_shared<VectorTable>(kDim, Metric::kCosine);
  std::unique_ptr<FlatGraph> graph_;
  std::vector<std::uint8_t> lower_;
};

struct Answers {
  int found = 0;             ///< of the nearest
  int with_exact_score = 0;  ///< of those found
};

constexpr int kQueries = 50;

Answers Ask(Store& store, const GraphIndex& index) {
  Answers answers;
  for (int i = 0; i < kQueries; ++i) {
    const auto query = store.NextVector();
    const auto hits = index.Find(query, {.k = kK, .reach = 0.3F});
    for (const Hit& wanted : store.Nearest(query)) {
      const auto hit = std::ranges::find(*hits, wanted.id, &Hit::id);
      if (hit == hits->end()) continue;
      ++answers.found;
      if (hit->score == wanted.score) ++answers.with_exact_score;
    }
  }
  return answers;
}

TEST(GraphRestore, AnswersByVectorsUntilLowerPlanesAreRead) {
  Store store;
  GraphIndex index({.dim = kDim});
  index.ScoreByCodes(true);
  std::promise<void> read_them;
  store.RestoreTo(index, [&, may = read_them.get_future().share()](const std::stop_token&) {
    may.wait();
    return Status{};
  });
  EXPECT_FALSE(index.state()->has_lower_planes());
  const Answers before = Ask(store, index);
  EXPECT_GE(before.found, kQueries * kK * 98 / 100);
  EXPECT_EQ(before.with_exact_score, before.found);
  // What comes meanwhile is found, and goes into the graph later.
  const auto values = store.NextVector();
  const VectorRecord fresh{.id = kRows, .group = kRows, .values = values};
  ASSERT_TRUE(index.Add(std::span(&fresh, 1)));
  EXPECT_EQ(index.Find(values, {.k = 1})->front().id, kRows);
  EXPECT_EQ(index.Backlog(), 1U);

  read_them.set_value();
  index.WaitForLowerPlanes();
  index.WaitUntilSettled();
  EXPECT_TRUE(index.state()->has_lower_planes());
  EXPECT_EQ(index.Backlog(), 0U);
  const Answers after = Ask(store, index);
  EXPECT_GE(after.found, kQueries * kK * 98 / 100);
  EXPECT_LT(after.with_exact_score, after.found / 2) << "scores come from codes";
}

TEST(GraphRestore, BuildsTheGraphAgainIfLowerPlanesCannotBeRead) {
  Store store;
  GraphIndex index({.dim = kDim});
  store.RestoreTo(index, [](const std::stop_token&) {
    return Status(Fail(Code::kCorruption, "a test's graph: damaged"));
  });
  index.WaitUntilSettled();
  EXPECT_TRUE(index.state()->has_lower_planes());
  EXPECT_EQ(index.state()->covered(), kRows);
  const Answers answers = Ask(store, index);
  EXPECT_GE(answers.found, kQueries * kK * 98 / 100);
}

TEST(GraphRestore, AnIndexIsClosedWhileLowerPlanesAreRead) {
  Store store;
  std::promise<void> reading;
  {
    GraphIndex index({.dim = kDim});
    store.RestoreTo(index, [&](const std::stop_token& stop) {
      reading.set_value();
      while (!stop.stop_requested()) std::this_thread::yield();
      return Status(Fail(Code::kUnavailable, "asked to stop"));
    });
    reading.get_future().wait();
  }
}

}  // namespace
}  // namespace snapshelf
