// The interface, and how changes get into the log.

#include "search/embedded/embedded_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/embedded_impl.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// Below it a log is not worth compacting (1 MiB at 256 floats).
constexpr std::uint64_t kGarbageRecordsMin = 1024;
// Rows written between two syncs of a compaction: 4 MiB at 256 floats.
constexpr std::size_t kCompactionRows = 4096;
// Sealings are minutes apart; in tests they follow each other.
constexpr int kReadTries = 10;
// What a log may name (docs/format/vectors.md).
constexpr int kExactDimMax = 1 << 20;

}  // namespace

Status AppendAll(RecordLog& log, const std::vector<RecordBytes>& records) {
  const std::vector<std::span<const std::byte>> spans(records.begin(), records.end());
  return log.Append(spans);
}

void BatchAppender::Add(RecordBytes record) {
  ++count_;
  if (!status_) return;
  batch_.push_back(std::move(record));
  if (batch_.size() < kCompactionRows) return;
  status_ = AppendAll(log_, batch_);
  batch_.clear();
}

Status BatchAppender::Finish() {
  if (status_) status_ = AppendAll(log_, batch_);
  batch_.clear();
  return status_;
}

EmbeddedIndex::Impl::Impl(FileSystem& files, fs::path folder_path, const EmbeddedOptions& options)
    : file_system(files),
      folder(std::move(folder_path)),
      meta{.dim = options.dim, .metric = options.metric, .model_id = options.model_id},
      rows_check(options.check_vectors ? RowsCheck::kEverything : RowsCheck::kNames),
      read_only(options.read_only),
      memory_bytes(options.memory_bytes),
      window(options.window),
      reach(options.reach),
      segment_files(files, SegmentFolder(), options.dim, options.metric),
      index(MakeIndex(options.kind, options.dim, options.metric)),
      graph(dynamic_cast<GraphIndex*>(index.get())),
      next_compaction_garbage(kGarbageRecordsMin) {}

/// Logs the records; the caller applies them to the index after success.
Status EmbeddedIndex::Impl::Write(const std::vector<RecordBytes>& records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckWritable());
  SNAPSHELF_RETURN_IF_ERROR(AppendAll(*log, records));
  logged_records += records.size();
  return {};
}

// Its failure is no failure of the change that caused it, which is acknowledged in the old log.
void EmbeddedIndex::Impl::CompactIfMostlyGarbage() {
  if (!lost.empty()) return;
  const std::uint64_t live = index->stats().vectors;
  const std::uint64_t garbage = logged_records + SealedRows() - live;
  if (garbage <= live || garbage < next_compaction_garbage) return;
  const Status status = Compact();
  if (status) {
    next_compaction_garbage = kGarbageRecordsMin;
    return;
  }
  next_compaction_garbage = garbage * 2;  // not again with every change while the disk is full
  LogWarning("compaction of {}: {}", LogPath().string(), status.error().message);
}

/// Everything goes into one new log; a sealing may follow.
Status EmbeddedIndex::Impl::Compact() {
  LoggedSegments fresh;
  for (const RowsSegment& rows : segments.rows) fresh.dropped.push_back(rows.number);
  if (segments.graph != 0) fresh.dropped.push_back(segments.graph);
  const bool had_segments = !fresh.dropped.empty();
  const auto fill = [&](RecordLog& target) -> Status {
    std::vector<RecordBytes> head = {EncodeMeta(meta, had_segments)};
    if (had_segments) head.push_back(EncodeSegments(fresh));
    SNAPSHELF_RETURN_IF_ERROR(AppendAll(target, head));
    BatchAppender adds(target);
    SNAPSHELF_RETURN_IF_ERROR(
        index->ForEach([&](const VectorRecord& record) { adds.Add(EncodeAdd(record)); }));
    return adds.Finish();
  };
  SNAPSHELF_RETURN_IF_ERROR(ReplaceLog(fill));
  logged_records = index->stats().vectors;
  for (const std::uint64_t number : fresh.dropped) segment_files.Remove(number);
  segments = std::move(fresh);
  segments_table = nullptr;
  lost.clear();
  lost_rows = 0;
  return {};
}

Status EmbeddedIndex::Impl::ReplaceLog(const std::function<Status(RecordLog&)>& fill) {
  auto fresh = RecordLog::Open(file_system, NewLogPath(), [](auto) { return Status{}; });
  Status status = fresh ? fill(**fresh) : Status(std::unexpected(fresh.error()));
  if (status) status = file_system.Rename(NewLogPath(), LogPath());
  if (!status) {
    static_cast<void>(file_system.Remove(NewLogPath()));
    return status;
  }
  log = std::move(*fresh);
  status = file_system.SyncDirectory(folder);
  // The old log could come back after a crash, without what is added from now on.
  if (!status)
    failure =
        fmt::format("{}: the folder could not be synced; open the store again", LogPath().string());
  return status;
}

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
  // A writer may put a new log in place and remove the files of the one that is being read.
  for (int tries_left = options.read_only ? kReadTries : 1;; --tries_left) {
    auto impl = std::make_unique<Impl>(file_system, path, options);
    const Status opened = options.read_only ? impl->OpenToRead() : impl->Open();
    const bool again =
        opened ? impl->MayHaveBeenReplaced() : opened.error().code == Code::kNotFound;
    if (again && tries_left > 1) continue;
    if (!opened) return std::unexpected(opened.error());
    return std::unique_ptr<EmbeddedIndex>(new EmbeddedIndex(std::move(impl)));
  }
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
  stats.lost = impl_->lost_rows;
  return stats;
}

Status EmbeddedIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  std::vector<RecordBytes> encoded;
  encoded.reserve(records.size());
  for (const VectorRecord& record : records) encoded.push_back(EncodeAdd(record));
  const std::size_t backlog = impl_->graph == nullptr ? 0 : impl_->graph->Backlog();
  {
    const std::scoped_lock lock(impl_->writer_mutex);
    SNAPSHELF_RETURN_IF_ERROR(impl_->Write(encoded));
    const Status applied = impl_->index->Add(records);
    SNAPSHELF_CHECK(applied.has_value());  // the records were checked and memory is not an error
    impl_->CompactIfMostlyGarbage();
  }
  // After a start with a long log for as many rows as were added only.
  if (impl_->graph != nullptr) impl_->graph->WaitForBuilder(backlog);
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
  return impl_->index->Find(query, impl_->WithDefaults(options));
}

Result<std::vector<std::vector<Hit>>> EmbeddedIndex::FindBatch(std::span<const float> queries,
                                                               const FindOptions& options) const {
  return impl_->index->FindBatch(queries, impl_->WithDefaults(options));
}

Status EmbeddedIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  return impl_->index->ForEach(visit);
}

Status EmbeddedIndex::Verify() const {
  return impl_->Verify();
}

std::vector<VectorId> EmbeddedIndex::LostAndBeside() const {
  return impl_->LostAndBeside();
}

Status EmbeddedIndex::Repair() {
  return impl_->Repair();
}

Status EmbeddedIndex::Seal() {
  return impl_->Seal();
}

void EmbeddedIndex::WaitUntilSettled() const {
  if (impl_->graph != nullptr) impl_->graph->WaitUntilSettled();
}

std::uint64_t EmbeddedIndex::log_bytes() const {
  const std::scoped_lock lock(impl_->writer_mutex);
  return impl_->log == nullptr ? impl_->log_bytes : impl_->log->size_bytes();
}

}  // namespace snapshelf
