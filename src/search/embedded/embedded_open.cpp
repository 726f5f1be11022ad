// Opening and checking a store.

#include <fmt/format.h>

#include <unordered_set>
#include <utility>
#include <variant>

#include "base/check.h"
#include "search/embedded/embedded_impl.h"

namespace snapshelf {
namespace {

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

Row RowsOf(const LoggedSegments& segments) {
  std::size_t rows = 0;
  for (const RowsSegment& segment : segments.rows) rows += segment.chunks * VectorTable::kChunkRows;
  return static_cast<Row>(rows);
}

bool IsDead(std::span<const std::uint64_t> dead, std::size_t row) {
  return (dead[row / 64] >> (row % 64) & 1) != 0;
}

}  // namespace

Status EmbeddedIndex::Impl::Open() {
  SNAPSHELF_RETURN_IF_ERROR(file_system.CreateDirectories(folder));
  // Left by a compaction that was cut off; the log itself was not touched then.
  if (auto removed = file_system.Remove(NewLogPath());
      !removed && removed.error().code != Code::kNotFound)
    return removed;
  bool meta_seen = false;
  auto opened = RecordLog::Open(file_system, LogPath(), [&](std::span<const std::byte> bytes) {
    return Replay(bytes, meta_seen);
  });
  if (!opened) return std::unexpected(std::move(opened).error());
  log = std::move(*opened);
  if (!meta_seen) SNAPSHELF_RETURN_IF_ERROR(AppendAll(*log, {EncodeMeta(meta)}));
  RemoveLeftovers();
  return SyncFoldersAround();
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

Status EmbeddedIndex::Impl::Replay(std::span<const std::byte> bytes, bool& meta_seen) {
  auto record = DecodeRecord(bytes);
  if (!record) return Annotate(LogPath().string(), std::move(record).error());
  if (const auto* stored = std::get_if<LogMeta>(&*record)) {
    meta_seen = true;
    return CheckMeta(*stored);
  }
  if (!meta_seen)
    return Fail(Code::kCorruption,
                fmt::format("{}: vectors before the record of their model", LogPath().string()));
  if (const auto* stored = std::get_if<LoggedSegments>(&*record)) {
    if (logged_records > 0 || segments.graph != 0)
      return Fail(Code::kCorruption, fmt::format("{}: segments after changes", LogPath().string()));
    return Load(*stored);
  }
  ++logged_records;
  if (const auto* removed = std::get_if<LoggedRemove>(&*record))
    return index->Remove(std::span(&removed->id, 1));
  const auto& added = std::get<LoggedAdd>(*record);
  const VectorRecord vector{.id = added.id, .group = added.group, .values = added.values};
  Status status = index->Add(std::span(&vector, 1));
  if (!status)
    return Fail(Code::kCorruption,
                fmt::format("{}: {}", LogPath().string(), status.error().message));
  return {};
}

Status EmbeddedIndex::Impl::Load(const LoggedSegments& stored) {
  segments = stored;
  next_number = HighestNumber(stored) + 1;
  if (stored.rows.empty()) return {};
  std::vector<VectorTable::SealedChunk> chunks;
  for (const RowsSegment& rows : stored.rows) {
    auto opened = segment_files.OpenRows(rows);
    if (!opened) return std::unexpected(std::move(opened).error());
    chunks.insert(chunks.end(), opened->begin(), opened->end());
  }
  auto read = segment_files.OpenGraph(stored.graph, RowsOf(stored));
  if (!read) return std::unexpected(std::move(read).error());
  if (graph == nullptr) return LoadIntoScan(chunks, read->dead);
  graph->Restore(chunks, read->dead, std::move(read->graph), read->trained_rows);
  segments_table = graph->state()->table;
  ChooseScores();
  return {};
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
  for (std::uint64_t i = 0; i < 2; ++i) segment_files.Remove(next_number + i);
}

Status EmbeddedIndex::Impl::Verify() const {
  const std::scoped_lock lock(writer_mutex);
  std::unordered_set<VectorId> live;
  const auto verify_segments = [&](const LoggedSegments& stored) -> Status {
    if (stored.rows.empty()) return {};
    const auto read = segment_files.OpenGraph(stored.graph, RowsOf(stored), /*strict=*/true);
    if (!read) return std::unexpected(read.error());
    for (const RowsSegment& rows : stored.rows) {
      SNAPSHELF_RETURN_IF_ERROR(segment_files.VerifyRows(rows));
      const auto chunks = segment_files.OpenRows(rows);
      if (!chunks) return std::unexpected(chunks.error());
      for (std::size_t i = 0; i < rows.chunks * VectorTable::kChunkRows; ++i)
        if (!IsDead(read->dead, rows.first_chunk * VectorTable::kChunkRows + i))
          live.insert((*chunks)[i / VectorTable::kChunkRows].ids[i % VectorTable::kChunkRows]);
    }
    return {};
  };
  const auto read = VerifyLog(file_system, LogPath(), [&](std::span<const std::byte> bytes) {
    const auto record = DecodeRecord(bytes);
    if (!record) return Status(std::unexpected(record.error()));
    if (const auto* added = std::get_if<LoggedAdd>(&*record)) live.insert(added->id);
    if (const auto* removed = std::get_if<LoggedRemove>(&*record)) live.erase(removed->id);
    if (const auto* stored = std::get_if<LoggedSegments>(&*record)) return verify_segments(*stored);
    return Status{};
  });
  if (!read) return std::unexpected(read.error());
  const std::size_t in_memory = index->stats().vectors;
  if (live.size() != in_memory)
    return Fail(Code::kCorruption, fmt::format("{}: holds {} vectors, the index in memory {}",
                                               LogPath().string(), live.size(), in_memory));
  return {};
}

}  // namespace snapshelf
