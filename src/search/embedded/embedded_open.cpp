// Opening a store.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/embedded_impl.h"

namespace snapshelf {
namespace {

// Additions of the log that the index gets at once: each time costs it more than one of them.
constexpr std::size_t kReplayedAtOnce = 1024;

std::string_view MetricName(Metric metric) {
  switch (metric) {
    case Metric::kCosine:
      return "cosine";
    case Metric::kInnerProduct:
      return "inner product";
    case Metric::kL2:
      return "L2";
  }
  return "unknown";
}

std::string Describe(const LogMeta& meta) {
  return fmt::format("model '{}', {} values, {}", meta.model_id, meta.dim, MetricName(meta.metric));
}

std::uint64_t HighestNumber(const LoggedSegments& segments) {
  std::uint64_t highest = segments.graph;
  for (const RowsSegment& rows : segments.rows) highest = std::max(highest, rows.number);
  for (const std::uint64_t number : segments.dropped) highest = std::max(highest, number);
  return highest;
}

}  // namespace

Row RowsOf(const LoggedSegments& segments) {
  std::size_t rows = 0;
  for (const RowsSegment& segment : segments.rows) rows += segment.chunks * VectorTable::kChunkRows;
  return static_cast<Row>(rows);
}

/// What the log has given so far.
struct EmbeddedIndex::Impl::Replaying {
  bool meta_seen = false;
  std::vector<LoggedAdd> adds;  // not in the index yet
};

Status EmbeddedIndex::Impl::Open() {
  SNAPSHELF_RETURN_IF_ERROR(file_system.CreateDirectories(folder));
  // Left by a compaction that was cut off; the log itself was not touched then.
  if (auto removed = file_system.Remove(NewLogPath());
      !removed && removed.error().code != Code::kNotFound)
    return removed;
  Replaying replaying;
  auto opened = RecordLog::Open(file_system, LogPath(), [&](std::span<const std::byte> bytes) {
    return Replay(bytes, replaying);
  });
  if (!opened) return std::unexpected(std::move(opened).error());
  log = std::move(*opened);
  SNAPSHELF_RETURN_IF_ERROR(AddReplayed(replaying));
  if (!replaying.meta_seen) SNAPSHELF_RETURN_IF_ERROR(AppendAll(*log, {EncodeMeta(meta)}));
  RemoveLeftovers();
  SNAPSHELF_RETURN_IF_ERROR(SyncFoldersAround());
  if (graph != nullptr)
    sealer = std::jthread([this](const std::stop_token& stop) { SealUntil(stop); });
  return {};
}

Status EmbeddedIndex::Impl::OpenToRead() {
  Replaying replaying;
  const auto read = ReadLog(file_system, LogPath(), [&](std::span<const std::byte> bytes) {
    return Replay(bytes, replaying);
  });
  if (!read) return std::unexpected(read.error());
  log_bytes = *read;
  return AddReplayed(replaying);
}

bool EmbeddedIndex::Impl::MayHaveBeenReplaced() const {
  return read_only && (!lost.empty() || graph_is_missing);
}

Status EmbeddedIndex::Impl::CheckWritable() const {
  if (read_only)
    return Fail(Code::kInvalidArgument, fmt::format("{} was opened to be read", folder.string()));
  if (!failure.empty()) return Fail(Code::kIoError, failure);
  return {};
}

// The folder and the one around it may be new (DIR/vectors/1): a folder is there after a crash
// only if the one that lists it was synced. Each time, since the open that created them may have
// failed here.
Status EmbeddedIndex::Impl::SyncFoldersAround() {
  const std::filesystem::path around = folder.parent_path();
  SNAPSHELF_RETURN_IF_ERROR(file_system.SyncDirectory(around));
  return file_system.SyncDirectory(around.parent_path());
}

Status EmbeddedIndex::Impl::CheckMeta(const LogMeta& stored) const {
  if (stored == meta) return {};
  return Fail(Code::kInvalidArgument,
              fmt::format("{} was made with {}, but {} is asked for; vectors of two models "
                          "cannot be compared: import again into a new data folder",
                          folder.string(), Describe(stored), Describe(meta)));
}

Status EmbeddedIndex::Impl::Replay(std::span<const std::byte> bytes, Replaying& replaying) {
  auto record = DecodeRecord(bytes);
  if (!record) return Annotate(LogPath().string(), std::move(record).error());
  if (const auto* stored = std::get_if<LogMeta>(&*record)) {
    replaying.meta_seen = true;
    return CheckMeta(*stored);
  }
  if (!replaying.meta_seen)
    return Fail(Code::kCorruption,
                fmt::format("{}: vectors before the record of their model", LogPath().string()));
  if (const auto* stored = std::get_if<LoggedSegments>(&*record)) {
    if (logged_records > 0 || segments.graph != 0)
      return Fail(Code::kCorruption, fmt::format("{}: segments after changes", LogPath().string()));
    return Load(*stored);
  }
  ++logged_records;
  if (auto* added = std::get_if<LoggedAdd>(&*record)) {
    replaying.adds.push_back(std::move(*added));
    return replaying.adds.size() < kReplayedAtOnce ? Status{} : AddReplayed(replaying);
  }
  SNAPSHELF_RETURN_IF_ERROR(AddReplayed(replaying));
  return index->Remove(std::span(&std::get<LoggedRemove>(*record).id, 1));
}

Status EmbeddedIndex::Impl::AddReplayed(Replaying& replaying) {
  if (replaying.adds.empty()) return {};
  std::vector<VectorRecord> records;
  records.reserve(replaying.adds.size());
  for (const LoggedAdd& added : replaying.adds)
    records.push_back({.id = added.id, .group = added.group, .values = added.values});
  const Status status = index->Add(records);
  replaying.adds.clear();
  if (!status)
    return Fail(Code::kCorruption,
                fmt::format("{}: {}", LogPath().string(), status.error().message));
  return {};
}

Status EmbeddedIndex::Impl::Load(const LoggedSegments& stored) {
  segments = stored;
  segments.dead.clear();  // the table knows them, or will
  next_number = HighestNumber(stored) + 1;
  if (stored.rows.empty()) return {};
  std::optional<Result<StoredGraph>> read;
  std::vector<std::uint64_t> dead = stored.dead;
  if (graph == nullptr || dead.empty()) {
    read = LoadGraph(stored);
    if (!*read) return std::unexpected(std::move(*read).error());
    dead = (*read)->dead;
  }
  if (graph == nullptr) {
    const auto chunks = OpenRows(stored, dead);
    return chunks ? LoadIntoScan(*chunks, dead) : std::unexpected(chunks.error());
  }
  const auto table = std::make_shared<VectorTable>(meta.dim, meta.metric);
  // Names and their memory before the graph: that keeps the disk busy to the end, and a thread
  // which asks for memory waits for every page that is filled.
  const auto chunks = OpenRows(stored, dead);
  if (!chunks) return std::unexpected(chunks.error());
  table->Attach(*chunks, dead, [&] {
    if (!read) read = LoadGraph(stored);
  });
  if (!*read) return std::unexpected(std::move(*read).error());
  graph->Restore(table, std::move((*read)->restored));
  segments_table = table;
  ChooseScores();
  return {};
}

/// Maps all rows; those of damaged chunks become `dead`.
Result<std::vector<VectorTable::SealedChunk>> EmbeddedIndex::Impl::OpenRows(
    const LoggedSegments& stored, std::vector<std::uint64_t>& dead) {
  std::vector<VectorTable::SealedChunk> chunks;
  std::vector<LostChunks> found;
  for (const RowsSegment& rows : stored.rows) {
    auto opened = segment_files.OpenRows(rows, rows_check);
    if (!opened) return std::unexpected(std::move(opened).error());
    chunks.insert(chunks.end(), opened->chunks.begin(), opened->chunks.end());
    std::ranges::move(opened->lost, std::back_inserter(found));
  }
  TakeLost(std::move(found), dead);
  return chunks;
}

/// All of a graph file can be made anew but the dead rows, which the log has as well.
Result<StoredGraph> EmbeddedIndex::Impl::LoadGraph(const LoggedSegments& stored) {
  auto read = segment_files.OpenGraph(stored.graph, RowsOf(stored));
  if (stored.dead.empty()) return read;
  if (!read && !IsDamage(read.error())) return read;
  if (!read) {
    LogWarning("{}; the graph is built again", read.error().message);
    graph_is_missing = true;
    read.emplace();
  }
  read->dead = stored.dead;
  return read;
}

/// An exact index keeps its vectors in memory.
Status EmbeddedIndex::Impl::LoadIntoScan(std::span<const VectorTable::SealedChunk> chunks,
                                         std::span<const std::uint64_t> dead) {
  const std::size_t stride = VectorTable::StrideOf(meta.dim);
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    std::vector<VectorRecord> batch;
    for (std::size_t i = 0; i < VectorTable::kChunkRows; ++i)
      if (!IsDead(dead, c * VectorTable::kChunkRows + i))
        batch.push_back({.id = chunks[c].ids[i],
                         .group = chunks[c].groups[i],
                         .values = {chunks[c].values + i * stride, std::size_t(meta.dim)}});
    SNAPSHELF_RETURN_IF_ERROR(index->Add(batch));
  }
  return {};
}

/// What a sealing that was cut off left: its new files, or those that it replaced.
void EmbeddedIndex::Impl::RemoveLeftovers() const {
  for (const std::uint64_t number : segments.dropped) segment_files.Remove(number);
  // At most one for each file and a graph and new rows (PlanSegments).
  for (std::uint64_t i = 0; i < segments.rows.size() + 2; ++i)
    segment_files.Remove(next_number + i);
}

}  // namespace snapshelf
