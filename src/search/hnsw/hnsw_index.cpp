#include "search/hnsw/hnsw_index.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/check.h"
#include "search/hnsw/fair_shared_mutex.h"
#include "search/hnsw/hnsw_graph.h"
#include "search/hnsw/walk_plan.h"
#include "search/queries.h"
#include "search/scan.h"
#include "search/vector_table.h"

namespace snapshelf {
namespace {

/// A table, and the graph over the first `covered` of its rows.
struct TableAndGraph {
  TableAndGraph(std::shared_ptr<VectorTable> rows)
      : table(std::move(rows)), graph(table->dim(), table->metric()) {}

  const std::shared_ptr<VectorTable> table;
  FairSharedMutex graph_mutex;  // the graph and covered
  HnswGraph graph;
  std::size_t covered = 0;
};

/// Adds the row that follows the covered ones; dead rows are passed over.
void CoverNextRow(TableAndGraph& state, const VectorTable::View& view) {
  const std::scoped_lock lock(state.graph_mutex);
  if (view.IsLive(state.covered)) state.graph.Insert(view, state.covered);
  ++state.covered;
}

/// Brings what happened to `from` since the view `start` into `to`, which was copied from it.
void CatchUp(const VectorTable::View& start, const VectorTable::View& now, VectorTable& to) {
  std::vector<VectorId> removed;
  for (std::size_t row = 0; row < start.rows(); ++row)
    if (start.IsLive(row) && !now.IsLive(row)) removed.push_back(start.id(row));
  to.Remove(removed);
  std::vector<VectorRecord> added;
  for (std::size_t row = start.rows(); row < now.rows(); ++row)
    if (now.IsLive(row)) added.push_back(now.record(row));
  to.Add(added);
}

}  // namespace

struct HnswIndex::Impl {
  explicit Impl(const HnswOptions& index_options)
      : options(index_options),
        score(options.metric, ActiveKernels()),
        state(std::make_shared<TableAndGraph>(
            std::make_shared<VectorTable>(options.dim, options.metric))),
        builder([this](const std::stop_token& stop) { BuildUntil(stop); }) {}

  [[nodiscard]] std::shared_ptr<TableAndGraph> State() const {
    const std::scoped_lock lock(state_mutex);
    return state;
  }

  void Change(const std::function<void(VectorTable&)>& change) {
    const std::scoped_lock lock(writer_mutex);
    change(*State()->table);
    const std::scoped_lock wake_lock(builder_mutex);
    ++changes;
    progress.notify_all();
  }

  [[nodiscard]] bool HasGraph(const VectorTable::View& view) const {
    return view.live() > 0 && view.live() >= options.graph_rows_min;
  }

  /// One step of the builder's work; false if there was none.
  bool Work(const std::stop_token& stop) {
    const auto current = State();
    const VectorTable::View view = current->table->view();
    if (IsMostlyDead(view)) {
      Rebuild(view, stop);
      return true;
    }
    if (!HasGraph(view) || current->covered >= view.rows()) return false;
    while (current->covered < view.rows() && !stop.stop_requested()) CoverNextRow(*current, view);
    return true;
  }

  void Rebuild(const VectorTable::View& start, const std::stop_token& stop) {
    const auto fresh = std::make_shared<TableAndGraph>(
        std::shared_ptr<VectorTable>(CopyLive(start, options.dim, options.metric)));
    const VectorTable::View view = fresh->table->view();
    if (HasGraph(view))
      while (fresh->covered < view.rows() && !stop.stop_requested()) CoverNextRow(*fresh, view);
    const std::scoped_lock writer_lock(writer_mutex);
    CatchUp(start, State()->table->view(), *fresh->table);
    const std::scoped_lock state_lock(state_mutex);
    state = fresh;
  }

  void BuildUntil(const std::stop_token& stop) {
    std::unique_lock lock(builder_mutex);
    while (!stop.stop_requested()) {
      const std::uint64_t seen = changes;
      lock.unlock();
      while (!stop.stop_requested() && Work(stop)) {
      }
      lock.lock();
      changes_covered = seen;
      progress.notify_all();
      progress.wait(lock, stop, [this] { return changes != changes_covered; });
    }
  }

  HnswOptions options;
  Scorer score;
  std::mutex writer_mutex;
  mutable std::mutex state_mutex;  // held for the copy of a pointer
  std::shared_ptr<TableAndGraph> state;

  mutable std::mutex builder_mutex;
  mutable std::condition_variable_any progress;
  std::uint64_t changes = 0;
  std::uint64_t changes_covered = 0;
  std::jthread builder;  // last: it uses all above
};

namespace {

/// The walks of one FindBatch over one state of the index.
class Walker {
 public:
  Walker(TableAndGraph& state, const Scorer& score, const FindOptions& options)
      : state_(state),
        score_(score),
        options_(options),
        view_(state.table->view()),
        plan_(PlanWalk(view_, options)) {}

  [[nodiscard]] const VectorTable::View& view() const { return view_; }

  /// Fills `top` by walking; false if every row must be looked at instead.
  bool Walk(std::span<const float> query, TopHits& top) {
    if (plan_.scan) return false;
    for (std::size_t rows = plan_.rows; rows <= plan_.rows_max; rows *= 2) {
      top = TopHits(options_);
      const std::vector<std::size_t> found = Nearest(query.data(), rows);
      float worst = std::numeric_limits<float>::infinity();
      for (const std::size_t row : found) worst = std::min(worst, Offer(query, row, top));
      if (top.full() || (options_.min_score && worst < *options_.min_score)) {
        ScanRows(view_, covered_, view_.rows(), score_, query, options_, std::span(&top, 1));
        return true;
      }
    }
    return false;
  }

 private:
  std::vector<std::size_t> Nearest(const float* query, std::size_t rows) {
    const std::shared_lock lock(state_.graph_mutex);
    // The graph may be ahead of the view: those rows are not for this Find.
    covered_ = std::min(state_.covered, view_.rows());
    return state_.graph.size() == 0 ? std::vector<std::size_t>{}
                                    : state_.graph.Nearest(query, rows);
  }

  float Offer(std::span<const float> query, std::size_t row, TopHits& top) {
    if (row >= view_.rows()) return std::numeric_limits<float>::infinity();
    const VectorRecord record = view_.record(row);
    const float value = score_(query.data(), record.values.data(), query.size());
    if (view_.IsLive(row) && (options_.filter == nullptr || (*options_.filter)(record.group)))
      top.Offer({.id = record.id, .group = record.group, .score = value});
    return value;
  }

  TableAndGraph& state_;
  const Scorer& score_;
  const FindOptions& options_;
  VectorTable::View view_;
  WalkPlan plan_;
  std::size_t covered_ = 0;
};

/// Looks at every row for the queries `which` and replaces their TopHits.
void ScanFor(std::span<const std::size_t> which, const VectorTable::View& view, const Scorer& score,
             std::span<const float> queries, const FindOptions& options, std::span<TopHits> tops) {
  if (which.empty()) return;
  const std::size_t dim = queries.size() / tops.size();
  std::vector<float> chosen;
  for (const std::size_t i : which) {
    const auto query = queries.subspan(i * dim, dim);
    chosen.insert(chosen.end(), query.begin(), query.end());
  }
  auto fresh = MakeTops(which.size(), options);
  ScanRows(view, 0, view.rows(), score, chosen, options, fresh);
  for (std::size_t j = 0; j < which.size(); ++j) tops[which[j]] = std::move(fresh[j]);
}

}  // namespace

HnswIndex::HnswIndex(const HnswOptions& options) : impl_(std::make_unique<Impl>(options)) {}
HnswIndex::~HnswIndex() = default;

int HnswIndex::dim() const {
  return impl_->options.dim;
}

Metric HnswIndex::metric() const {
  return impl_->options.metric;
}

IndexStats HnswIndex::stats() const {
  const auto state = impl_->State();
  const VectorTable::View view = state->table->view();
  const std::shared_lock lock(state->graph_mutex);
  return {.kind = impl_->HasGraph(view) ? "hnsw" : "exact",
          .vectors = view.live(),
          .groups = view.groups(),
          .memory_bytes = view.memory_bytes() + state->graph.memory_bytes()};
}

Status HnswIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  impl_->Change([&](VectorTable& table) { table.Add(records); });
  return {};
}

Status HnswIndex::Remove(std::span<const VectorId> ids) {
  impl_->Change([&](VectorTable& table) { table.Remove(ids); });
  return {};
}

Result<std::vector<Hit>> HnswIndex::Find(std::span<const float> query,
                                         const FindOptions& options) const {
  return FindOne(*this, query, options);
}

Result<std::vector<std::vector<Hit>>> HnswIndex::FindBatch(std::span<const float> queries,
                                                           const FindOptions& options) const {
  const auto prepared = PrepareQueries(*this, queries, options);
  if (!prepared) return std::unexpected(prepared.error());
  const auto dim = static_cast<std::size_t>(impl_->options.dim);
  const auto state = impl_->State();
  Walker walker(*state, impl_->score, options);
  auto tops = MakeTops(queries.size() / dim, options);
  std::vector<std::size_t> to_scan;
  const bool has_graph = impl_->HasGraph(walker.view());
  for (std::size_t i = 0; i < tops.size(); ++i)
    if (!has_graph || !walker.Walk(std::span(*prepared).subspan(i * dim, dim), tops[i]))
      to_scan.push_back(i);
  ScanFor(to_scan, walker.view(), impl_->score, *prepared, options, tops);
  return TakeAll(tops);
}

void HnswIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  VisitById(impl_->State()->table->view(), visit);
}

void HnswIndex::WaitUntilSettled() const {
  std::unique_lock lock(impl_->builder_mutex);
  impl_->progress.wait(lock, [this] { return impl_->changes == impl_->changes_covered; });
}

}  // namespace snapshelf
