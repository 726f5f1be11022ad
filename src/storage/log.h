#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "snapshelf/result.h"
#include "storage/file_system.h"

namespace snapshelf {

/// An append-only file of checksummed records (docs/format/log.md). A record is whole or absent: a
/// torn tail, left by a crash, is cut off at open; damage before the tail is kCorruption. Not
/// thread-safe.
class RecordLog {
 public:
  /// Opens or creates `path`, calls `replay` for every whole record in order, and cuts a torn tail.
  static Result<std::unique_ptr<RecordLog>> Open(
      FileSystem& file_system, const std::filesystem::path& path,
      const std::function<Status(std::span<const std::byte>)>& replay);
  virtual ~RecordLog() = default;

  /// Adds records as one unit and syncs: after a crash all of them are there or none.
  /// errors: kResourceExhausted if the disk is full; the log is unchanged then and can be used
  /// again.
  virtual Status Append(std::span<const std::span<const std::byte>> records) = 0;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
};

/// Reads the log as Open does, but changes nothing: a torn tail, which may be a batch that its
/// writer is just appending, is left as it is. Returns the bytes before it. errors: kNotFound;
/// kCorruption.
Result<std::uint64_t> ReadLog(FileSystem& file_system, const std::filesystem::path& path,
                              const std::function<Status(std::span<const std::byte>)>& replay);

/// Reads the log as Open does, but changes nothing and takes no torn tail: every byte must be
/// whole. Returns the size of the log. errors: kNotFound; kCorruption, naming the byte.
Result<std::uint64_t> VerifyLog(FileSystem& file_system, const std::filesystem::path& path,
                                const std::function<Status(std::span<const std::byte>)>& replay);

}  // namespace snapshelf
