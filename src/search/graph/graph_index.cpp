#include "search/graph/graph_index.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/step_back.h"
#include "search/graph/graph_find.h"
#include "search/graph/graph_state.h"
#include "search/graph/walk_plan.h"
#include "search/queries.h"
#include "search/scan.h"
#include "search/vector_table.h"

namespace snapshelf {
namespace {

// Rows that are not in the graph yet, while nobody asks: so many are scanned in some milliseconds.
constexpr std::size_t kBacklogRowsMax = 100'000;
// From the first query on: a scan of so many takes about as long as a walk.
constexpr std::size_t kAskedBacklogRowsMax = 1'000;
// How often one who waits looks whether the builder has got on: some hundred insertions.
constexpr std::chrono::milliseconds kBacklogPatience{5};
// The codes of so many groups are looked at in some 30 ms, about what a walk with a filter takes.
constexpr std::size_t kListMax = 100'000;
// The vectors of so few rows are all read: no faster by codes.
constexpr std::size_t kExactRowsMax = 1'000;
// A writer is done with the maps within a batch; the other way to answer a list asks all rows.
constexpr int kSelectTries = 50;
constexpr std::chrono::microseconds kSelectPause{100};
// Starting a thread costs as much as an answer or less.
constexpr std::size_t kQueriesPerThreadMin = 32;

/// Asked once: the answer is read from a file of the system, which takes as long as a fifth of a
/// short walk.
int Cores() {
  static const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return cores;
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

/// Calls `answer` for 0 .. count - 1, in several threads when there are many.
void ForEachQuery(std::size_t count, const std::function<void(std::size_t)>& answer) {
  const std::size_t workers =
      std::min<std::size_t>(Cores(), std::max<std::size_t>(1, count / kQueriesPerThreadMin));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) answer(i);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < workers; ++i) helpers.emplace_back(work);
  work();
}

/// Takes a long list of groups for a filter.
Result<std::vector<std::vector<Hit>>> FindInGroups(const GraphIndex& index,
                                                   std::span<const float> queries,
                                                   const FindOptions& options) {
  const GroupFilter in_list = [&](GroupId group) {
    return std::ranges::binary_search(options.only->groups, group) &&
           (options.filter == nullptr || (*options.filter)(group));
  };
  FindOptions by_filter = options;
  by_filter.only.reset();
  by_filter.filter = &in_list;
  return index.FindBatch(queries, by_filter);
}

std::optional<VectorTable::Selection> Select(const VectorTable& table, const VectorSet& set) {
  for (int tries_left = kSelectTries;; --tries_left) {
    auto selection = table.TrySelect(set);
    if (selection || tries_left == 0) return selection;
    std::this_thread::sleep_for(kSelectPause);
  }
}

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

struct GraphIndex::Impl {
  explicit Impl(const GraphOptions& index_options)
      : options(index_options),
        score(options.metric, ActiveKernels()),
        state(std::make_shared<GraphState>(
            std::make_shared<VectorTable>(options.dim, options.metric))),
        builder([this](const std::stop_token& stop) { BuildUntil(stop); }) {}

  [[nodiscard]] std::shared_ptr<GraphState> State() const {
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

  [[nodiscard]] std::size_t Backlog() const {
    const auto current = State();
    const VectorTable::View view = current->table->view();
    return !HasGraph(view) || current->Covers(view) ? 0 : view.rows() - current->covered();
  }

  void WaitForBuilder(std::size_t backlog) {
    const auto limit = [this] {
      return asked && !rebuilding ? kAskedBacklogRowsMax : kBacklogRowsMax;
    };
    std::unique_lock lock(builder_mutex);
    while (Backlog() > std::max(backlog, limit())) progress.wait_for(lock, kBacklogPatience);
  }

  /// Among the rows of find.only. `queries`: prepared.
  [[nodiscard]] std::vector<std::vector<Hit>> FindInList(const GraphState& now,
                                                         std::span<const float> queries,
                                                         const FindOptions& find) const;

  [[nodiscard]] bool HasGraph(const VectorTable::View& view) const {
    return view.live() > 0 && view.live() >= options.graph_rows_min;
  }

  [[nodiscard]] int Threads() const {
    return options.build_threads > 0 ? options.build_threads : Cores();
  }

  /// The first query sends the builder back behind those who ask.
  void Cover(GraphState& target, const VectorTable::View& view, const std::stop_token& stop) {
    const auto step_back = [this] {
      if (asked && !std::exchange(stepped_back, true)) StepBack();
    };
    target.Cover(view, Threads(), step_back, stop);
  }

  /// One step of the builder's work; false if there was none.
  bool Work(const std::stop_token& stop) {
    const auto current = State();
    if (!current->has_lower_planes()) {
      ReadLowerPlanes(*current, stop);
      return true;
    }
    const VectorTable::View view = current->table->view();
    if (IsMostlyDead(view)) {
      rebuilding = true;
      RebuildWithoutDead(view, stop);
      rebuilding = false;
      return true;
    }
    if (!HasGraph(view)) return false;
    if (current->IsTrainedOnFew(view)) {
      rebuilding = true;
      Retrain(*current, view, stop);
      rebuilding = false;
      return true;
    }
    if (current->Covers(view)) return false;
    Cover(*current, view, stop);
    return true;
  }

  void ReadLowerPlanes(GraphState& current, const std::stop_token& stop) {
    const Status read = current.ReadLowerPlanes(stop);
    if (read || stop.stop_requested()) return;
    LogWarning("{}; the graph is built again", read.error().message);
    const auto fresh = std::make_shared<GraphState>(current.table);
    const std::scoped_lock lock(state_mutex);
    state = fresh;
  }

  void Retrain(const GraphState& current, const VectorTable::View& view,
               const std::stop_token& stop) {
    const auto fresh = std::make_shared<GraphState>(current.table);
    Cover(*fresh, view, stop);
    const std::scoped_lock lock(state_mutex);
    state = fresh;
  }

  void RebuildWithoutDead(const VectorTable::View& start, const std::stop_token& stop) {
    const auto fresh = std::make_shared<GraphState>(
        std::shared_ptr<VectorTable>(CopyLive(start, options.dim, options.metric)));
    const VectorTable::View view = fresh->table->view();
    if (HasGraph(view)) Cover(*fresh, view, stop);
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

  GraphOptions options;
  Scorer score;
  std::atomic<bool> scores_by_codes = false;
  std::atomic<bool> asked = false;
  std::atomic<bool> rebuilding = false;  // a whole graph aside, which takes its time
  bool stepped_back = false;             // the builder's own
  std::mutex writer_mutex;
  mutable std::mutex state_mutex;  // held for the copy of a pointer
  std::shared_ptr<GraphState> state;

  mutable std::mutex builder_mutex;
  mutable std::condition_variable_any progress;
  std::uint64_t changes = 0;
  std::uint64_t changes_covered = 0;
  std::jthread builder;  // last: it uses all above
};

GraphIndex::GraphIndex(const GraphOptions& options) : impl_(std::make_unique<Impl>(options)) {
  SNAPSHELF_CHECK(options.dim > 0 && options.dim <= kGraphDimMax);
}
GraphIndex::~GraphIndex() = default;

int GraphIndex::dim() const {
  return impl_->options.dim;
}

Metric GraphIndex::metric() const {
  return impl_->options.metric;
}

IndexStats GraphIndex::stats() const {
  const auto state = impl_->State();
  const VectorTable::View view = state->table->view();
  const FlatGraph* const graph = state->graph();
  const std::size_t graph_bytes =
      graph == nullptr ? 0 : graph->memory_bytes(static_cast<Row>(state->covered()));
  const char* const kind = impl_->scores_by_codes ? "graph, scores by codes" : "graph";
  return {.kind = impl_->HasGraph(view) ? kind : "exact",
          .vectors = view.live(),
          .groups = view.groups(),
          .memory_bytes = view.memory_bytes() + graph_bytes};
}

Status GraphIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  impl_->Change([&](VectorTable& table) { table.Add(records); });
  return {};
}

Status GraphIndex::Remove(std::span<const VectorId> ids) {
  impl_->Change([&](VectorTable& table) { table.Remove(ids); });
  return {};
}

Result<std::vector<Hit>> GraphIndex::Find(std::span<const float> query,
                                          const FindOptions& options) const {
  return FindOne(*this, query, options);
}

std::vector<std::vector<Hit>> GraphIndex::Impl::FindInList(const GraphState& now,
                                                           std::span<const float> queries,
                                                           const FindOptions& find) const {
  const auto selection = Select(*now.table, *find.only);
  const bool is_exact = !selection || now.graph() == nullptr ||
                        (!scores_by_codes && selection->rows.size() <= kExactRowsMax);
  if (is_exact) return TakeAll(ScanOnly(*now.table, score, queries, find));
  const auto dim = static_cast<std::size_t>(options.dim);
  const GraphFinder finder(now, selection->view, score, find, PlanWalk(selection->view, find),
                           scores_by_codes);
  auto tops = MakeTops(queries.size() / dim, find);
  for (std::size_t i = 0; i < tops.size(); ++i) {
    const auto query = queries.subspan(i * dim, dim);
    if (finder.FindAmong(selection->rows, query, tops[i])) continue;
    tops[i] = TopHits(find);
    ScanList(selection->view, selection->rows, score, query, find, std::span(&tops[i], 1));
  }
  return TakeAll(tops);
}

Result<std::vector<std::vector<Hit>>> GraphIndex::FindBatch(std::span<const float> queries,
                                                            const FindOptions& options) const {
  const auto prepared = PrepareQueries(*this, queries, options);
  if (!prepared) return std::unexpected(prepared.error());
  if (!impl_->asked) impl_->asked = true;
  const auto dim = static_cast<std::size_t>(impl_->options.dim);
  const auto state = impl_->State();
  if (options.only && (!options.only->ids.empty() || options.only->groups.size() <= kListMax))
    return impl_->FindInList(*state, *prepared, options);
  if (options.only) return FindInGroups(*this, queries, options);
  const VectorTable::View view = state->table->view();
  const GraphFinder finder(*state, view, impl_->score, options, PlanWalk(view, options),
                           impl_->scores_by_codes);
  auto tops = MakeTops(queries.size() / dim, options);
  std::vector<char> walked(tops.size());
  if (impl_->HasGraph(view))
    ForEachQuery(tops.size(), [&](std::size_t i) {
      walked[i] = finder.Find(std::span(*prepared).subspan(i * dim, dim), tops[i]) ? 1 : 0;
    });
  std::vector<std::size_t> to_scan;
  for (std::size_t i = 0; i < tops.size(); ++i)
    if (walked[i] == 0) to_scan.push_back(i);
  ScanFor(to_scan, view, impl_->score, *prepared, options, tops);
  return TakeAll(tops);
}

Status GraphIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  VisitById(impl_->State()->table->view(), visit);
  return {};
}

std::shared_ptr<const GraphState> GraphIndex::state() const {
  return impl_->State();
}

void GraphIndex::Restore(std::shared_ptr<VectorTable> table, RestoredGraph restored) {
  const std::size_t rows = table->view().rows();
  const auto fresh = std::make_shared<GraphState>(std::move(table));
  if (restored.graph != nullptr) fresh->Restore(std::move(restored), rows);
  {
    const std::scoped_lock lock(impl_->writer_mutex, impl_->state_mutex);
    SNAPSHELF_CHECK(impl_->state->table->view().rows() == 0);
    impl_->state = fresh;
  }
  impl_->Change([](VectorTable&) {});
}

void GraphIndex::Seal(const VectorTable& table, std::size_t first_chunk,
                      std::span<const VectorTable::SealedChunk> chunks) {
  const std::scoped_lock lock(impl_->writer_mutex);
  const auto current = impl_->State();
  if (current->table.get() == &table) current->table->Seal(first_chunk, chunks);
}

std::size_t GraphIndex::Backlog() const {
  return impl_->Backlog();
}

void GraphIndex::WaitForBuilder(std::size_t backlog) const {
  impl_->WaitForBuilder(backlog);
}

void GraphIndex::WaitForLowerPlanes() const {
  std::unique_lock lock(impl_->builder_mutex);
  while (!impl_->State()->has_lower_planes()) impl_->progress.wait_for(lock, kBacklogPatience);
}

void GraphIndex::ScoreByCodes(bool by_codes) {
  impl_->scores_by_codes = by_codes;
}

bool GraphIndex::was_asked() const {
  return impl_->asked;
}

void GraphIndex::WaitUntilSettled() const {
  std::unique_lock lock(impl_->builder_mutex);
  impl_->progress.wait(lock, [this] { return impl_->changes == impl_->changes_covered; });
}

}  // namespace snapshelf
