#include "search/embedded/embedded_index.h"

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/vector_records.h"
#include "search/graph/graph_index.h"
#include "storage/log.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// Below it a log is not worth compacting (1 MiB at 256 floats).
constexpr std::uint64_t kGarbageRecordsMin = 1024;
// Rows written between two syncs of a compaction: 4 MiB at 256 floats.
constexpr std::size_t kCompactionRows = 4096;
// What a log may name (docs/format/vectors.md).
constexpr int kExactDimMax = 1 << 20;

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

Status AppendAll(RecordLog& log, const std::vector<RecordBytes>& records) {
  const std::vector<std::span<const std::byte>> spans(records.begin(), records.end());
  return log.Append(spans);
}

}  // namespace

struct EmbeddedIndex::Impl {
  Impl(FileSystem& files, fs::path folder_path, const EmbeddedOptions& options)
      : file_system(files),
        folder(std::move(folder_path)),
        meta{.dim = options.dim, .metric = options.metric, .model_id = options.model_id},
        index(MakeIndex(options.kind, options.dim, options.metric)) {}

  [[nodiscard]] fs::path LogPath() const { return folder / "vectors.log"; }
  [[nodiscard]] fs::path NewLogPath() const { return folder / "vectors.log.new"; }

  Status Open() {
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
    return SyncFoldersAround();
  }

  // The folder and the one around it may be new (DIR/vectors/1): a folder is there after a crash
  // only if the one that lists it was synced. Each time, since the open that created them may have
  // failed here.
  Status SyncFoldersAround() {
    const fs::path around = folder.parent_path();
    SNAPSHELF_RETURN_IF_ERROR(file_system.SyncDirectory(around));
    return file_system.SyncDirectory(around.parent_path());
  }

  Status Replay(std::span<const std::byte> bytes, bool& meta_seen) {
    auto record = DecodeRecord(bytes);
    if (!record) return Annotate(LogPath().string(), std::move(record).error());
    if (const auto* stored = std::get_if<LogMeta>(&*record)) {
      meta_seen = true;
      if (*stored == meta) return {};
      return Fail(Code::kInvalidArgument,
                  fmt::format("{} was made with {}, but {} is asked for; vectors of two models "
                              "cannot be compared: import again into a new data folder",
                              folder.string(), Describe(*stored), Describe(meta)));
    }
    if (!meta_seen)
      return Fail(Code::kCorruption,
                  fmt::format("{}: vectors before the record of their model", LogPath().string()));
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

  /// Logs the records; the caller applies them to the index after success.
  Status Write(const std::vector<RecordBytes>& records) {
    if (!failure.empty()) return Fail(Code::kIoError, failure);
    SNAPSHELF_RETURN_IF_ERROR(AppendAll(*log, records));
    logged_records += records.size();
    return {};
  }

  // Its failure is no failure of the change that caused it, which is acknowledged in the old log.
  void CompactIfMostlyGarbage() {
    const std::uint64_t live = index->stats().vectors;
    const std::uint64_t garbage = logged_records - live;
    if (garbage <= live || garbage < next_compaction_garbage) return;
    const Status status = Compact();
    if (status) {
      next_compaction_garbage = kGarbageRecordsMin;
      return;
    }
    next_compaction_garbage = garbage * 2;  // not again with every change while the disk is full
    LogWarning("compaction of {}: {}", LogPath().string(), status.error().message);
  }

  Status Compact() {
    auto compacted = WriteNewLog();
    Status status = compacted ? file_system.Rename(NewLogPath(), LogPath())
                              : Status(std::unexpected(compacted.error()));
    if (!status) {
      static_cast<void>(file_system.Remove(NewLogPath()));
      return status;
    }
    log = std::move(*compacted);
    logged_records = index->stats().vectors;
    status = file_system.SyncDirectory(folder);
    // The old log could come back after a crash, without what is added from now on.
    if (!status)
      failure = fmt::format("{}: the folder could not be synced; open the store again",
                            LogPath().string());
    return status;
  }

  Result<std::unique_ptr<RecordLog>> WriteNewLog() {
    auto fresh = RecordLog::Open(file_system, NewLogPath(), [](auto) { return Status{}; });
    if (!fresh) return fresh;
    Status status = AppendAll(**fresh, {EncodeMeta(meta)});
    std::vector<RecordBytes> batch;
    index->ForEach([&](const VectorRecord& record) {
      if (!status) return;
      batch.push_back(EncodeAdd(record));
      if (batch.size() < kCompactionRows) return;
      status = AppendAll(**fresh, batch);
      batch.clear();
    });
    if (status) status = AppendAll(**fresh, batch);
    if (!status) return std::unexpected(status.error());
    return fresh;
  }

  FileSystem& file_system;
  const fs::path folder;
  const LogMeta meta;
  std::unique_ptr<VectorIndex> index;

  mutable std::mutex writer_mutex;  // all below
  std::unique_ptr<RecordLog> log;
  std::uint64_t logged_records = 0;  // adds and removes in the log
  std::uint64_t next_compaction_garbage = kGarbageRecordsMin;
  std::string failure;  // why nothing can be written any more
};

EmbeddedIndex::EmbeddedIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedIndex::~EmbeddedIndex() = default;

Result<std::unique_ptr<EmbeddedIndex>> EmbeddedIndex::Open(FileSystem& file_system,
                                                           const fs::path& path,
                                                           const EmbeddedOptions& options) {
  const int dim_max = options.kind == IndexKind::kExact ? kExactDimMax : kGraphDimMax;
  if (options.dim < 1 || options.dim > dim_max)
    return Fail(Code::kInvalidArgument,
                fmt::format("{}: vectors of {} values; from 1 to {} are supported", path.string(),
                            options.dim, dim_max));
  auto impl = std::make_unique<Impl>(file_system, path, options);
  SNAPSHELF_RETURN_IF_ERROR(impl->Open());
  return std::unique_ptr<EmbeddedIndex>(new EmbeddedIndex(std::move(impl)));
}

int EmbeddedIndex::dim() const {
  return impl_->meta.dim;
}

Metric EmbeddedIndex::metric() const {
  return impl_->meta.metric;
}

IndexStats EmbeddedIndex::stats() const {
  IndexStats stats = impl_->index->stats();
  stats.kind = "embedded " + stats.kind;
  return stats;
}

Status EmbeddedIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  std::vector<RecordBytes> encoded;
  encoded.reserve(records.size());
  for (const VectorRecord& record : records) encoded.push_back(EncodeAdd(record));
  const std::scoped_lock lock(impl_->writer_mutex);
  SNAPSHELF_RETURN_IF_ERROR(impl_->Write(encoded));
  const Status applied = impl_->index->Add(records);
  SNAPSHELF_CHECK(applied.has_value());  // the records were checked and memory is not an error
  impl_->CompactIfMostlyGarbage();
  return {};
}

Status EmbeddedIndex::Remove(std::span<const VectorId> ids) {
  std::vector<RecordBytes> encoded;
  encoded.reserve(ids.size());
  for (const VectorId id : ids) encoded.push_back(EncodeRemove(id));
  const std::scoped_lock lock(impl_->writer_mutex);
  SNAPSHELF_RETURN_IF_ERROR(impl_->Write(encoded));
  const Status applied = impl_->index->Remove(ids);
  SNAPSHELF_CHECK(applied.has_value());
  impl_->CompactIfMostlyGarbage();
  return {};
}

Result<std::vector<Hit>> EmbeddedIndex::Find(std::span<const float> query,
                                             const FindOptions& options) const {
  return impl_->index->Find(query, options);
}

Result<std::vector<std::vector<Hit>>> EmbeddedIndex::FindBatch(std::span<const float> queries,
                                                               const FindOptions& options) const {
  return impl_->index->FindBatch(queries, options);
}

void EmbeddedIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  impl_->index->ForEach(visit);
}

Status EmbeddedIndex::Verify() const {
  const std::scoped_lock lock(impl_->writer_mutex);
  std::unordered_set<VectorId> live;
  const auto read = VerifyLog(impl_->file_system, impl_->LogPath(),
                              [&](std::span<const std::byte> bytes) -> Status {
                                const auto record = DecodeRecord(bytes);
                                if (!record) return std::unexpected(record.error());
                                if (const auto* added = std::get_if<LoggedAdd>(&*record))
                                  live.insert(added->id);
                                if (const auto* removed = std::get_if<LoggedRemove>(&*record))
                                  live.erase(removed->id);
                                return {};
                              });
  if (!read) return std::unexpected(read.error());
  const std::size_t in_memory = impl_->index->stats().vectors;
  if (live.size() != in_memory)
    return Fail(Code::kCorruption, fmt::format("{}: holds {} vectors, the index in memory {}",
                                               impl_->LogPath().string(), live.size(), in_memory));
  return {};
}

void EmbeddedIndex::WaitUntilSettled() const {
  if (const auto* graph = dynamic_cast<const GraphIndex*>(impl_->index.get()))
    graph->WaitUntilSettled();
}

std::uint64_t EmbeddedIndex::log_bytes() const {
  const std::scoped_lock lock(impl_->writer_mutex);
  return impl_->log->size_bytes();
}

}  // namespace snapshelf
