// Sealing: what the log holds moves into immutable files, and a new log names them.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/step_back.h"
#include "search/embedded/embedded_impl.h"

namespace snapshelf {
namespace {

// A log of fewer changes is replayed in a tenth of a second.
constexpr std::uint64_t kSealRecordsMin = 50'000;
// A log of that share of the sealed rows is worth writing the graph again: so all sealings together
// write a graph some five times.
constexpr std::uint64_t kSealShare = 4;
// But no log grows beyond it: its vectors are in memory, 2 GB at 256 floats.
constexpr std::uint64_t kSealRecordsMax = 2'000'000;
// Nor beyond this, replayed in a second, once the last sealing is that long ago: an import
// of millions does not write the graph every minute, and what comes later keeps the start short.
constexpr std::uint64_t kSealRecordsMaxAtRest = 100'000;
constexpr std::chrono::minutes kRest{10};
// How often the sealer looks whether it is time.
constexpr std::chrono::milliseconds kPatience{200};

}  // namespace

std::uint64_t SealAmount(std::size_t sealed_rows,
                         std::chrono::steady_clock::duration since_last_seal) {
  const bool at_rest = since_last_seal >= kRest;
  return std::clamp(sealed_rows / kSealShare, kSealRecordsMin,
                    at_rest ? kSealRecordsMaxAtRest : kSealRecordsMax);
}

std::size_t EmbeddedIndex::Impl::SealedRows() const {
  std::size_t rows = 0;
  for (const RowsSegment& segment : segments.rows) rows += segment.chunks * VectorTable::kChunkRows;
  return rows;
}

std::uint64_t EmbeddedIndex::Impl::WantedToSeal() const {
  const auto since_last_seal = std::chrono::steady_clock::now() - last_seal;
  return std::max(SealAmount(SealedRows(), since_last_seal), next_seal_records);
}

/// True when the log is long enough and the graph has grown over all rows, or over enough of those
/// that are not sealed.
bool EmbeddedIndex::Impl::SealIsDue() const {
  const std::scoped_lock lock(writer_mutex);
  const auto state = graph->state();
  const std::uint64_t wanted = WantedToSeal();
  if (!lost.empty() || state->graph() == nullptr || !state->has_lower_planes()) return false;
  if (logged_records < wanted) return false;
  const std::size_t covered = state->covered();
  const std::size_t sealed = segments_table == state->table ? SealedRows() : 0;
  return covered >= state->table->view().rows() || covered >= sealed + wanted;
}

void EmbeddedIndex::Impl::SealUntil(const std::stop_token& stop) {
  last_seal = std::chrono::steady_clock::now();
  for (;;) {
    {
      std::unique_lock lock(wait_mutex);
      wait.wait_for(lock, stop, kPatience, [] { return false; });
    }
    if (stop.stop_requested()) return;
    if (!SealIsDue()) continue;
    if (graph->was_asked()) StepBack();
    const Status status = Seal();
    last_seal = std::chrono::steady_clock::now();
    {
      const std::scoped_lock lock(writer_mutex);
      // Not again with every change while the disk is full.
      next_seal_records = status ? 0 : logged_records * 2;
    }
    if (!status) LogWarning("sealing of {}: {}", folder.string(), status.error().message);
  }
}

Status EmbeddedIndex::Impl::Seal() {
  {
    const std::scoped_lock lock(writer_mutex);
    SNAPSHELF_RETURN_IF_ERROR(CheckWritable());
    if (!lost.empty())
      return Fail(Code::kUnavailable,
                  fmt::format("{} is damaged: repair it first", folder.string()));
  }
  return SealOrRepair();
}

/// Files with lost chunks are written anew, without these.
Status EmbeddedIndex::Impl::SealOrRepair() {
  const std::scoped_lock one_at_a_time(seal_mutex);
  if (graph == nullptr) return {};
  graph->WaitForLowerPlanes();
  const auto state = graph->state();
  const std::size_t covered = state->covered();
  const VectorTable::View view = state->table->view();
  const Row rows = static_cast<Row>(std::min(covered, view.rows()) / VectorTable::kChunkRows *
                                    VectorTable::kChunkRows);
  if (rows == 0) return {};
  if (rows < view.sealed_rows())
    return Fail(Code::kUnavailable, "the graph over the sealed rows is being built");
  std::vector<RowsSegment> new_rows;
  const LoggedSegments fresh = PlanSegments(*state, rows, new_rows);
  Status status = WriteSegments(fresh, new_rows, *state, view, rows);
  if (status) status = CommitSeal(fresh, *state, view, rows);
  if (!status) {
    const std::scoped_lock lock(writer_mutex);
    // The new log may be the one that a restart finds.
    if (!failure.empty()) return status;
    for (const RowsSegment& written : new_rows) segment_files.Remove(written.number);
    segment_files.Remove(fresh.graph);
    return status;
  }
  for (const std::uint64_t number : fresh.dropped) segment_files.Remove(number);
  for (const RowsSegment& written : new_rows) {
    const auto opened = segment_files.OpenRows(written, RowsCheck::kNames);
    if (!opened) return std::unexpected(opened.error());
    if (!opened->lost.empty()) return Fail(Code::kCorruption, opened->lost.front().why);
    graph->Seal(*state->table, written.first_chunk, opened->chunks);
  }
  ChooseScores();
  return {};
}

/// Called by one thread at a time.
void EmbeddedIndex::Impl::ChooseScores() {
  std::uint64_t vectors = VectorTable::StrideOf(meta.dim) * sizeof(float);
  {
    const std::scoped_lock lock(writer_mutex);
    vectors *= SealedRows();
  }
  const std::uint64_t indexed = index->stats().memory_bytes;
  const bool by_codes = vectors + indexed > memory_bytes;
  graph->ScoreByCodes(by_codes);
  const auto gigabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; };
  if (by_codes && !scores_by_codes)
    LogWarning(
        "{}: {:.1f} GB of vectors and {:.1f} GB of codes and edges are more than the {:.1f} GB of "
        "memory for them: scores come from codes and are off by about 0.001",
        folder.string(), gigabytes(vectors), gigabytes(indexed), gigabytes(memory_bytes));
  scores_by_codes = by_codes;
}

/// The segments of the next log: those of this one, with one more for what came since. `new_rows`
/// are those to be written.
LoggedSegments EmbeddedIndex::Impl::PlanSegments(const GraphState& state, Row rows,
                                                 std::vector<RowsSegment>& new_rows) {
  const std::scoped_lock lock(writer_mutex);
  LoggedSegments fresh;
  planned_from = segments.graph;
  const bool same_rows = segments_table == state.table;
  std::uint32_t known = 0;
  for (RowsSegment old : segments.rows) {
    if (!same_rows || IsLost(old)) fresh.dropped.push_back(old.number);
    if (!same_rows) continue;
    known = old.first_chunk + old.chunks;
    if (IsLost(old)) {
      old.number = next_number++;
      new_rows.push_back(old);
    }
    fresh.rows.push_back(old);
  }
  if (segments.graph != 0) fresh.dropped.push_back(segments.graph);
  const auto chunks = static_cast<std::uint32_t>(rows / VectorTable::kChunkRows);
  if (chunks > known) {
    new_rows.push_back({.number = next_number++, .first_chunk = known, .chunks = chunks - known});
    fresh.rows.push_back(new_rows.back());
  }
  fresh.graph = next_number++;
  return fresh;
}

Status EmbeddedIndex::Impl::WriteSegments(const LoggedSegments& fresh,
                                          std::span<const RowsSegment> new_rows,
                                          const GraphState& state, const VectorTable::View& view,
                                          Row rows) {
  SNAPSHELF_RETURN_IF_ERROR(file_system.CreateDirectories(SegmentFolder()));
  SNAPSHELF_RETURN_IF_ERROR(file_system.SyncDirectory(folder));
  for (const RowsSegment& segment : new_rows)
    SNAPSHELF_RETURN_IF_ERROR(segment_files.WriteRows(segment, view));
  SNAPSHELF_RETURN_IF_ERROR(segment_files.WriteGraph(
      fresh.graph,
      {.graph = *state.graph(), .view = view, .rows = rows, .trained_rows = state.trained_rows()}));
  return segment_files.SyncFolder();
}

/// The new log: the segments, and what changed since they were taken from `sealed_view`.
Status EmbeddedIndex::Impl::CommitSeal(const LoggedSegments& fresh, const GraphState& state,
                                       const VectorTable::View& sealed_view, Row rows) {
  const std::scoped_lock lock(writer_mutex);
  if (!failure.empty()) return Fail(Code::kIoError, failure);
  if (graph->state()->table != state.table)
    return Fail(Code::kUnavailable, "the rows were compacted meanwhile");
  if (segments.graph != planned_from)
    return Fail(Code::kUnavailable, "the log was compacted meanwhile");
  const VectorTable::View now = state.table->view();
  std::uint64_t records = 0;
  LoggedSegments logged = fresh;
  logged.dead = DeadBits(sealed_view, rows);
  const Status status = ReplaceLog([&](RecordLog& target) -> Status {
    SNAPSHELF_RETURN_IF_ERROR(
        AppendAll(target, {EncodeMeta(meta, /*with_segments=*/true), EncodeSegments(logged)}));
    BatchAppender changes(target);
    for (std::size_t row = 0; row < rows; ++row)
      if (sealed_view.IsLive(row) && !now.IsLive(row)) changes.Add(EncodeRemove(now.id(row)));
    for (std::size_t row = rows; row < now.rows(); ++row)
      if (now.IsLive(row)) changes.Add(EncodeAdd(now.record(row)));
    records = changes.count();
    return changes.Finish();
  });
  if (!status) return status;
  logged_records = records;
  segments = fresh;
  segments_table = state.table;
  lost.clear();
  lost_rows = 0;
  return {};
}

}  // namespace snapshelf
