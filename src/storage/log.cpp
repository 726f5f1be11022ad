#include "storage/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/log.h"

namespace snapshelf {
namespace {

static_assert(std::endian::native == std::endian::little, "the log is written as memory lies");

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;
using Replay = std::function<Status(ByteSpan)>;

// docs/format/log.md holds the grammar.
constexpr char kMagic[8] = {'S', 'N', 'A', 'P', 'S', 'L', 'O', 'G'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFileHeaderBytes = sizeof kMagic + 2 * sizeof(std::uint32_t);
constexpr std::uint32_t kBatchMark = 0x48435442;  // "BTCH"
constexpr std::size_t kBatchHeaderBytes = 4 * sizeof(std::uint32_t);
constexpr std::size_t kRecordHeaderBytes = sizeof(std::uint32_t);
// Far above any batch of an import, far below what 32 bits can name.
constexpr std::size_t kBatchBytesMax = std::size_t{1} << 30;
// Bytes looked at in one go when a sound batch is sought behind damage.
constexpr std::size_t kSearchWindowBytes = std::size_t{4} << 20;

std::uint32_t LoadU32(ByteSpan bytes, std::size_t offset) {
  SNAPSHELF_CHECK(offset + sizeof(std::uint32_t) <= bytes.size());
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void AppendU32(Bytes& out, std::uint32_t value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes FileHeader() {
  Bytes out;
  const auto magic = std::as_bytes(std::span(kMagic));
  out.insert(out.end(), magic.begin(), magic.end());
  AppendU32(out, kVersion);
  AppendU32(out, Crc32c(out));
  return out;
}

struct BatchHeader {
  std::uint32_t body_bytes = 0;
  std::uint32_t body_crc = 0;
};

std::optional<BatchHeader> ParseBatchHeader(ByteSpan bytes) {
  if (bytes.size() < kBatchHeaderBytes || LoadU32(bytes, 0) != kBatchMark) return std::nullopt;
  if (LoadU32(bytes, 12) != Crc32c(bytes.first(12))) return std::nullopt;
  return BatchHeader{.body_bytes = LoadU32(bytes, 4), .body_crc = LoadU32(bytes, 8)};
}

Result<Bytes> EncodeBatch(std::span<const ByteSpan> records) {
  std::size_t body_bytes = 0;
  for (const ByteSpan record : records) body_bytes += kRecordHeaderBytes + record.size();
  if (body_bytes > kBatchBytesMax)
    return Fail(Code::kInvalidArgument, fmt::format("a log batch of {} bytes; at most {} are kept",
                                                    body_bytes, kBatchBytesMax));
  Bytes out;
  out.reserve(kBatchHeaderBytes + body_bytes);
  out.resize(kBatchHeaderBytes);
  for (const ByteSpan record : records) {
    AppendU32(out, static_cast<std::uint32_t>(record.size()));
    out.insert(out.end(), record.begin(), record.end());
  }
  Bytes header;
  AppendU32(header, kBatchMark);
  AppendU32(header, static_cast<std::uint32_t>(body_bytes));
  AppendU32(header, Crc32c(ByteSpan(out).subspan(kBatchHeaderBytes)));
  AppendU32(header, Crc32c(header));
  std::ranges::copy(header, out.begin());
  return out;
}

/// Reads a log from its start to the end of its last whole batch.
class Reader {
 public:
  Reader(ReadableFile& file, const std::filesystem::path& path, std::uint64_t size_bytes)
      : file_(file), path_(path), size_bytes_(size_bytes) {}

  /// The offset behind the last whole batch; 0 if not even the file header is whole.
  Result<std::uint64_t> Run(const Replay& replay) {
    const auto header = CheckFileHeader();
    if (!header) return std::unexpected(header.error());
    if (!*header) return 0;
    std::uint64_t offset = kFileHeaderBytes;
    while (offset < size_bytes_) {
      const auto next = ReadBatch(offset, replay);
      if (!next) return std::unexpected(next.error());
      if (*next == offset) break;
      offset = *next;
    }
    return offset;
  }

 private:
  /// False for a header that was never written whole.
  Result<bool> CheckFileHeader() {
    const auto bytes = file_.ReadAt(0, kFileHeaderBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const Bytes expected = FileHeader();
    if (*bytes == expected) return true;
    // The header is synced before the first batch: a damaged one is torn only if it is alone.
    if (size_bytes_ <= kFileHeaderBytes) return false;
    if (LoadU32(*bytes, 12) == Crc32c(ByteSpan(*bytes).first(12)) &&
        std::memcmp(bytes->data(), kMagic, sizeof kMagic) == 0)
      return Fail(Code::kUnimplemented,
                  fmt::format("{}: log version {}, this program knows {}; use a newer snapshelf",
                              path_.string(), LoadU32(*bytes, 8), kVersion));
    return Fail(Code::kCorruption, fmt::format("{}: not a log, or its first {} bytes are damaged",
                                               path_.string(), kFileHeaderBytes));
  }

  /// The offset behind the batch at `offset`, or `offset` itself if a torn tail starts there.
  Result<std::uint64_t> ReadBatch(std::uint64_t offset, const Replay& replay) {
    const auto head = file_.ReadAt(offset, kBatchHeaderBytes);
    if (!head) return std::unexpected(head.error());
    const auto header = ParseBatchHeader(*head);
    if (!header) return TornUnlessSoundBatchFollows(offset);
    const std::uint64_t end = offset + kBatchHeaderBytes + header->body_bytes;
    if (end > size_bytes_) return offset;
    const auto body = file_.ReadAt(offset + kBatchHeaderBytes, header->body_bytes);
    if (!body) return std::unexpected(body.error());
    if (Crc32c(*body) != header->body_crc) {
      // A batch is written after the one before was synced, so only the last can be torn.
      if (end == size_bytes_) return offset;
      return Damaged(
          offset, fmt::format("crc {:#010x}, expected {:#010x}", Crc32c(*body), header->body_crc));
    }
    SNAPSHELF_RETURN_IF_ERROR(ReplayBody(offset, *body, replay));
    return end;
  }

  Status ReplayBody(std::uint64_t offset, ByteSpan body, const Replay& replay) {
    while (!body.empty()) {
      const std::size_t size = body.size() < kRecordHeaderBytes ? body.size() : LoadU32(body, 0);
      if (body.size() < kRecordHeaderBytes || size > body.size() - kRecordHeaderBytes)
        return Damaged(offset, "a record is longer than its batch");
      SNAPSHELF_RETURN_IF_ERROR(replay(body.subspan(kRecordHeaderBytes, size)));
      body = body.subspan(kRecordHeaderBytes + size);
    }
    return {};
  }

  Result<std::uint64_t> TornUnlessSoundBatchFollows(std::uint64_t offset) {
    for (std::uint64_t start = offset + 1; start + kBatchHeaderBytes <= size_bytes_;
         start += kSearchWindowBytes) {
      const auto window = file_.ReadAt(start, kSearchWindowBytes + kBatchHeaderBytes - 1);
      if (!window) return std::unexpected(window.error());
      for (std::size_t i = 0; i + kBatchHeaderBytes <= window->size(); ++i)
        if (ParseBatchHeader(ByteSpan(*window).subspan(i, kBatchHeaderBytes)))
          return Damaged(offset, fmt::format("no batch header, but one at byte {}", start + i));
    }
    return offset;
  }

  [[nodiscard]] std::unexpected<Error> Damaged(std::uint64_t offset, std::string_view why) const {
    return Fail(Code::kCorruption,
                fmt::format("{}: damaged at byte {}: {}", path_.string(), offset, why));
  }

  ReadableFile& file_;
  const std::filesystem::path& path_;
  std::uint64_t size_bytes_;
};

class FileRecordLog final : public RecordLog {
 public:
  FileRecordLog(std::filesystem::path path, std::unique_ptr<AppendFile> file,
                std::uint64_t size_bytes)
      : path_(std::move(path)), file_(std::move(file)), size_bytes_(size_bytes) {}

  Status Append(std::span<const ByteSpan> records) override {
    if (records.empty()) return {};
    if (unusable_)
      return Fail(Code::kIoError, fmt::format("{}: an earlier write failed and could not be taken "
                                              "back; open the store again",
                                              path_.string()));
    const auto batch = EncodeBatch(records);
    if (!batch) return std::unexpected(batch.error());
    Status status = file_->Append(*batch);
    if (status) status = file_->Sync();
    if (!status) {
      TakeBack();
      return status;
    }
    size_bytes_ += batch->size();
    return {};
  }

  [[nodiscard]] std::uint64_t size_bytes() const override { return size_bytes_; }

 private:
  // Whether a failed write reached the disk is unknown; the cut must, before anything follows it.
  void TakeBack() {
    Status status = file_->Truncate(size_bytes_);
    if (status) status = file_->Sync();
    unusable_ = !status.has_value();
  }

  std::filesystem::path path_;
  std::unique_ptr<AppendFile> file_;
  std::uint64_t size_bytes_;
  bool unusable_ = false;
};

struct ReadBytes {
  std::uint64_t end = 0;   ///< behind the last whole batch
  std::uint64_t size = 0;  ///< of the file when it was opened
};

Result<ReadBytes> ReadWhole(FileSystem& file_system, const std::filesystem::path& path,
                            const Replay& replay) {
  const auto file = file_system.OpenRead(path);
  if (!file) return std::unexpected(file.error());
  const auto size = (*file)->SizeBytes();
  if (!size) return std::unexpected(size.error());
  if (*size == 0) return ReadBytes{};
  const auto end = Reader(**file, path, *size).Run(replay);
  if (!end) return std::unexpected(end.error());
  return ReadBytes{.end = *end, .size = *size};
}

Status Cut(AppendFile& file, const std::filesystem::path& path, std::uint64_t from_bytes,
           std::uint64_t to_bytes) {
  LogWarning("{}: {} bytes of an unfinished write cut off at byte {}", path.string(),
             from_bytes - to_bytes, to_bytes);
  SNAPSHELF_RETURN_IF_ERROR(file.Truncate(to_bytes));
  return file.Sync();
}

}  // namespace

Result<std::unique_ptr<RecordLog>> RecordLog::Open(FileSystem& file_system,
                                                   const std::filesystem::path& path,
                                                   const Replay& replay) {
  const auto read = ReadWhole(file_system, path, replay);
  if (!read && read.error().code != Code::kNotFound) return std::unexpected(read.error());
  const auto [end_of_batches, size_bytes] = read.value_or(ReadBytes{});
  std::uint64_t end = end_of_batches;
  auto file = file_system.OpenAppend(path);
  if (!file) return std::unexpected(file.error());
  if (end < size_bytes) SNAPSHELF_RETURN_IF_ERROR(Cut(**file, path, size_bytes, end));
  if (end == 0) {
    const Bytes header = FileHeader();
    SNAPSHELF_RETURN_IF_ERROR((*file)->Append(header));
    SNAPSHELF_RETURN_IF_ERROR((*file)->Sync());
    end = header.size();
  }
  // Each time: the open that created the file may have failed here.
  SNAPSHELF_RETURN_IF_ERROR(file_system.SyncDirectory(path.parent_path()));
  return std::make_unique<FileRecordLog>(path, std::move(*file), end);
}

Result<std::uint64_t> VerifyLog(FileSystem& file_system, const std::filesystem::path& path,
                                const Replay& replay) {
  const auto read = ReadWhole(file_system, path, replay);
  if (!read) return std::unexpected(read.error());
  if (read->end != read->size)
    return Fail(Code::kCorruption, fmt::format("{}: damaged at byte {}", path.string(), read->end));
  return read->size;
}

Result<std::uint64_t> ReadLog(FileSystem& file_system, const std::filesystem::path& path,
                              const Replay& replay) {
  const auto read = ReadWhole(file_system, path, replay);
  if (!read) return std::unexpected(read.error());
  return read->end;
}

}  // namespace snapshelf
