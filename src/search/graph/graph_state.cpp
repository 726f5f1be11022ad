#include "search/graph/graph_state.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"

namespace snapshelf {
namespace {

// Rows that the mean is taken from at most: enough to know it to 1 / 200 of their spread.
constexpr std::size_t kTrainingRowsMax = 1 << 16;
// A mean of fewer rows than kTrainingRowsMax is taken anew when there are that many times more.
constexpr std::size_t kRetrainFactor = 8;
// Lengths that an inner product may meet later, beyond those of the first vectors.
constexpr float kSpareLength = 1.2F;

// Rows covered before readers hear of it, and the fewest that are worth a second thread.
constexpr std::size_t kBatchRows = 2048;
constexpr std::size_t kParallelRowsMin = 128;

/// Live rows, spread evenly over the table.
std::vector<std::size_t> TrainingRows(const VectorTable::View& view) {
  std::vector<std::size_t> rows;
  const std::size_t step = std::max<std::size_t>(1, view.rows() / kTrainingRowsMax);
  for (std::size_t row = 0; row < view.rows(); row += step)
    if (view.IsLive(row)) rows.push_back(row);
  return rows;
}

Codec TrainCodec(const VectorTable::View& view, int dim, Metric metric,
                 const std::vector<std::size_t>& rows) {
  const auto size = static_cast<std::size_t>(dim);
  std::vector<double> sum(size);
  double longest2 = 0;
  for (const std::size_t row : rows) {
    const float* const values = view.values(row);
    double length2 = 0;
    for (std::size_t i = 0; i < size; ++i) {
      sum[i] += values[i];
      length2 += static_cast<double>(values[i]) * values[i];
    }
    longest2 = std::max(longest2, length2);
  }
  std::vector<float> mean(size);
  // Inner products are found by lengths, which a mean would change.
  if (metric != Metric::kInnerProduct)
    for (std::size_t i = 0; i < size; ++i)
      mean[i] = static_cast<float>(sum[i] / static_cast<double>(rows.size()));
  return {dim, metric, std::move(mean), kSpareLength * static_cast<float>(std::sqrt(longest2))};
}

}  // namespace

bool GraphState::CreateGraph(const VectorTable::View& view) {
  const std::vector<std::size_t> rows = TrainingRows(view);
  owned_graph_ = FlatGraph::Create(TrainCodec(view, table->dim(), table->metric(), rows));
  if (owned_graph_ == nullptr) {
    LogWarning("no address space for a graph over {} vectors: they are scanned", view.live());
    full_ = true;
    return false;
  }
  trained_rows_ = view.rows();
  graph_.store(owned_graph_.get(), std::memory_order_release);
  return true;
}

void GraphState::Restore(RestoredGraph restored, std::size_t rows) {
  const VectorTable::View view = table->view();
  owned_graph_ = std::move(restored.graph);
  owned_graph_->Adopt(static_cast<Row>(rows), [&](Row row) { return view.group(row); });
  trained_rows_ = restored.trained_rows;
  read_lower_planes_ = std::move(restored.read_lower_planes);
  has_lower_planes_.store(read_lower_planes_ == nullptr, std::memory_order_release);
  graph_.store(owned_graph_.get(), std::memory_order_release);
  covered_.store(rows, std::memory_order_release);
}

Status GraphState::ReadLowerPlanes(const std::stop_token& stop) {
  SNAPSHELF_RETURN_IF_ERROR(read_lower_planes_(stop));
  read_lower_planes_ = nullptr;  // and with it the file
  has_lower_planes_.store(true, std::memory_order_release);
  return {};
}

bool GraphState::Covers(const VectorTable::View& view) const {
  return full_ || covered() >= view.rows();
}

bool GraphState::IsTrainedOnFew(const VectorTable::View& view) const {
  return owned_graph_ != nullptr && trained_rows_ < kTrainingRowsMax &&
         view.rows() >= kRetrainFactor * trained_rows_;
}

void GraphState::Cover(const VectorTable::View& view, int threads,
                       const std::function<void()>& between, const std::stop_token& stop) {
  SNAPSHELF_CHECK(has_lower_planes());
  if (owned_graph_ == nullptr && !CreateGraph(view)) return;
  FlatGraph& graph = *owned_graph_;
  while (covered() < view.rows() && !stop.stop_requested()) {
    between();
    const std::size_t from = covered();
    const std::size_t batch =
        graph.has_entries() ? std::clamp<std::size_t>(from / 2, 1, kBatchRows) : 1;
    const std::size_t to = std::min({view.rows(), from + batch, std::size_t{graph.capacity()}});
    if (to == from) {
      LogWarning("no address space for more than {} vectors in the graph: the rest is scanned", to);
      full_ = true;
      return;
    }
    graph.GrowTo(static_cast<Row>(to));
    std::atomic<std::size_t> next = from;
    const auto insert = [&] {
      for (std::size_t row = next++; row < to; row = next++)
        if (view.IsLive(row)) graph.Insert(static_cast<Row>(row), view.values(row));
    };
    {
      std::vector<std::jthread> helpers;
      const auto workers = to - from < kParallelRowsMin ? 1 : threads;
      for (int i = 1; i < workers; ++i) helpers.emplace_back(insert);
      insert();
    }
    graph.RefreshEntries(static_cast<Row>(to), [&](Row row) { return view.group(row); });
    covered_.store(to, std::memory_order_release);
  }
}

}  // namespace snapshelf
