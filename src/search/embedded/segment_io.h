#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "storage/file_system.h"

namespace snapshelf {

/// Every part of a segment file starts at a multiple of it: pages can be mapped.
inline constexpr std::size_t kSegmentPageBytes = 4096;
/// As much is read at a time: the edges of whole rows, of 24 or 32.
inline constexpr std::size_t kReadBytes = std::size_t{3} << 20;

/// Writes a new file part by part, with a checksum of each (docs/format/vectors.md). After the
/// first error all else does nothing and Finish returns it.
class SegmentWriter {
 public:
  SegmentWriter(FileSystem& file_system, std::filesystem::path path);

  /// Adds to the part under way.
  void Write(std::span<const std::byte> bytes);
  template <class T>
  void WriteAll(std::span<const T> values) {
    Write(std::as_bytes(values));
  }
  /// Ends the part: zeros up to the next page.
  void EndPart();
  /// Adds the checksums of all parts, and syncs. A file that could not be finished is removed.
  Status Finish();

 private:
  void Append(std::span<const std::byte> bytes);

  FileSystem& file_system_;
  std::filesystem::path path_;
  std::unique_ptr<AppendFile> file_;
  Status status_;
  std::uint64_t part_bytes_ = 0;
  std::uint32_t part_crc_ = 0;
  std::vector<std::uint32_t> crcs_;
};

/// Reads a file that SegmentWriter wrote, part by part in the same order.
class SegmentReader {
 public:
  /// Checks the size, and the checksum of the checksums. `part_bytes`: what each part must have.
  static Result<SegmentReader> Open(std::shared_ptr<const MappedFile> file,
                                    std::filesystem::path path,
                                    std::span<const std::uint64_t> part_bytes);

  [[nodiscard]] const std::shared_ptr<const MappedFile>& file() const { return file_; }
  [[nodiscard]] std::span<const std::byte> part(std::size_t i) const;
  template <class T>
  [[nodiscard]] std::span<const T> values(std::size_t i) const {
    const auto bytes = part(i);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// errors: kCorruption, naming file and part.
  [[nodiscard]] Status Check(std::size_t i) const;
  /// What becomes of a block of a part, which starts at `offset` of it.
  using Take = std::function<Status(std::size_t offset, std::span<const std::byte> block)>;
  /// Copies the part in blocks of kReadBytes to where `place` says, and hands each to `take`,
  /// before the checksum of all is known: what was made of them is to be thrown away after an
  /// error.
  [[nodiscard]] Status Read(std::size_t i,
                            const std::function<std::byte*(std::size_t offset)>& place,
                            const Take& take = nullptr) const;
  /// The disk may begin to read the part.
  void ReadAhead(std::size_t i) const { file_->ReadAhead(part(i)); }

 private:
  [[nodiscard]] Status Compare(std::size_t i, std::uint32_t crc) const;

  std::shared_ptr<const MappedFile> file_;
  std::filesystem::path path_;
  std::vector<std::span<const std::byte>> parts_;
  std::span<const std::uint32_t> crcs_;
};

}  // namespace snapshelf
