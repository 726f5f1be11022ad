#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// A file that grows at its end. Not thread-safe.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// After an error the file may hold a part of `bytes`; Truncate takes it off.
  virtual Status Append(std::span<const std::byte> bytes) = 0;
  /// Returns once everything appended is on the disk.
  virtual Status Sync() = 0;
  /// Cuts the file to `size` bytes; the next Append goes there.
  virtual Status Truncate(std::uint64_t size) = 0;
};

/// One file, also when another has taken its name since. Not thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  /// The bytes from `offset` on, at most `size_bytes`; fewer only at the end of the file.
  virtual Result<std::vector<std::byte>> ReadAt(std::uint64_t offset, std::size_t size_bytes) = 0;
  virtual Result<std::uint64_t> SizeBytes() = 0;
};

/// The bytes of a file that does not change any more, for as long as the object lives. Of a real
/// disk they are mapped: pages are read when they are touched, and the system may drop them.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  [[nodiscard]] virtual std::span<const std::byte> bytes() const = 0;

  /// Copies a part of bytes() that is not asked for again. Of a real disk it is read past the
  /// system's cache, which costs a third of the time of touching mapped pages for the first time,
  /// if its place in the file, its size and `target` are multiples of kDirectBytes.
  virtual void CopyTo(std::span<const std::byte> part, std::byte* target) const {
    std::ranges::copy(part, target);
  }
  static constexpr std::size_t kDirectBytes = 4096;  // what disks of today ask for

  // Advice, for a part of bytes().
  /// It will be read soon: the disk may begin.
  virtual void ReadAhead(std::span<const std::byte> /*part*/) const {}
};

/// How a mapped file will be read.
enum class MapUse : std::uint8_t {
  kWhole,  ///< from start to end: the system reads ahead
  kRandom  ///< here and there
};

/// All disk access of the stores (not SQLite's) goes through here, so that tests can make disks
/// fail.
///
/// errors: kNotFound for a missing file, kResourceExhausted for a full disk, kIoError for the rest;
/// messages name the path. threads: safe, for different paths.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::vector<std::byte>> Read(const std::filesystem::path& path) = 0;
  /// The bytes from `offset` on, at most `size_bytes`; fewer only at the end of the file.
  virtual Result<std::vector<std::byte>> ReadAt(const std::filesystem::path& path,
                                                std::uint64_t offset, std::size_t size_bytes) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> OpenRead(const std::filesystem::path& path) = 0;
  virtual Result<std::shared_ptr<const MappedFile>> Map(const std::filesystem::path& path,
                                                        MapUse use) = 0;
  virtual Result<std::uint64_t> SizeBytes(const std::filesystem::path& path) = 0;
  /// Opens for appending; created if missing.
  virtual Result<std::unique_ptr<AppendFile>> OpenAppend(const std::filesystem::path& path) = 0;
  /// Writes a temporary file beside `path`, and renames it over `path`. With `sync`, file and
  /// folder are on the disk on return; without, SyncAll must follow before the file is relied upon.
  virtual Status WriteAtomically(const std::filesystem::path& path,
                                 std::span<const std::byte> bytes, bool sync) = 0;
  virtual Status Remove(const std::filesystem::path& path) = 0;
  virtual Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Status CreateDirectories(const std::filesystem::path& path) = 0;
  virtual Result<bool> Exists(const std::filesystem::path& path) = 0;
  virtual Status SyncDirectory(const std::filesystem::path& path) = 0;
  /// Everything written before under the file system that holds `path` is on the disk on return.
  virtual Status SyncAll(const std::filesystem::path& path) = 0;
};

/// The real disk. The reference lives as long as the program.
FileSystem& PosixFileSystem();

}  // namespace snapshelf
