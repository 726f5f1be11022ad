#include "search/embedded/segment_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"

namespace snapshelf {
namespace {

static_assert(std::endian::native == std::endian::little, "segments are written as memory lies");

// Appends of this size are quick, and a checksum is taken while the bytes are in the cache.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

std::uint64_t ToPage(std::uint64_t bytes) {
  return (bytes + kSegmentPageBytes - 1) / kSegmentPageBytes * kSegmentPageBytes;
}

}  // namespace

SegmentWriter::SegmentWriter(FileSystem& file_system, std::filesystem::path path)
    : file_system_(file_system), path_(std::move(path)) {
  // Left by a writer that was cut off.
  if (auto removed = file_system_.Remove(path_);
      !removed && removed.error().code != Code::kNotFound) {
    status_ = removed;
    return;
  }
  auto file = file_system_.OpenAppend(path_);
  if (file)
    file_ = std::move(*file);
  else
    status_ = std::unexpected(file.error());
}

void SegmentWriter::Append(std::span<const std::byte> bytes) {
  if (status_ && !bytes.empty()) status_ = file_->Append(bytes);
}

void SegmentWriter::Write(std::span<const std::byte> bytes) {
  part_bytes_ += bytes.size();
  while (status_ && !bytes.empty()) {
    const auto block = bytes.first(std::min(kBlockBytes, bytes.size()));
    part_crc_ = Crc32c(block, part_crc_);
    Append(block);
    bytes = bytes.subspan(block.size());
  }
}

void SegmentWriter::EndPart() {
  static constexpr std::array<std::byte, kSegmentPageBytes> kZeros{};
  Append(std::span(kZeros).first(ToPage(part_bytes_) - part_bytes_));
  crcs_.push_back(part_crc_);
  part_crc_ = 0;
  part_bytes_ = 0;
}

Status SegmentWriter::Finish() {
  crcs_.push_back(Crc32c(std::as_bytes(std::span(crcs_))));
  Append(std::as_bytes(std::span(crcs_)));
  if (status_) status_ = file_->Sync();
  file_.reset();
  if (!status_) static_cast<void>(file_system_.Remove(path_));
  return status_;
}

Result<SegmentReader> SegmentReader::Open(std::shared_ptr<const MappedFile> file,
                                          std::filesystem::path path,
                                          std::span<const std::uint64_t> part_bytes) {
  SegmentReader reader;
  const auto bytes = file->bytes();
  std::uint64_t wanted = (part_bytes.size() + 1) * sizeof(std::uint32_t);
  for (const std::uint64_t part : part_bytes) wanted += ToPage(part);
  if (bytes.size() != wanted)
    return Fail(Code::kCorruption,
                fmt::format("{}: {} bytes, expected {}", path.string(), bytes.size(), wanted));
  std::uint64_t offset = 0;
  for (const std::uint64_t part : part_bytes) {
    reader.parts_.push_back(bytes.subspan(offset, part));
    offset += ToPage(part);
  }
  reader.crcs_ = {reinterpret_cast<const std::uint32_t*>(bytes.data() + offset),
                  part_bytes.size() + 1};
  if (Crc32c(std::as_bytes(reader.crcs_.first(part_bytes.size()))) != reader.crcs_.back())
    return Fail(Code::kCorruption, fmt::format("{}: its checksums are damaged", path.string()));
  reader.file_ = std::move(file);
  reader.path_ = std::move(path);
  return reader;
}

std::span<const std::byte> SegmentReader::part(std::size_t i) const {
  SNAPSHELF_CHECK(i < parts_.size());
  return parts_[i];
}

Status SegmentReader::Check(std::size_t i) const {
  return Compare(i, Crc32c(part(i)));
}

Status SegmentReader::Read(std::size_t i, const std::function<std::byte*(std::size_t)>& place,
                           const Take& take) const {
  const auto bytes = part(i);
  std::uint32_t crc = 0;
  for (std::size_t offset = 0; offset < bytes.size(); offset += kReadBytes) {
    const std::size_t size = std::min(kReadBytes, bytes.size() - offset);
    const std::span block(place(offset), size);
    file_->CopyTo(bytes.subspan(offset, size), block.data());
    crc = Crc32c(block, crc);
    if (take) SNAPSHELF_RETURN_IF_ERROR(take(offset, block));
  }
  return Compare(i, crc);
}

Status SegmentReader::Compare(std::size_t i, std::uint32_t crc) const {
  if (crc == crcs_[i]) return {};
  return Fail(Code::kCorruption,
              fmt::format("{}: damaged in part {}: crc {:#010x}, expected {:#010x}", path_.string(),
                          i, crc, crcs_[i]));
}

}  // namespace snapshelf
