#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "snapshelf/result.h"
#include "storage/file_system.h"

namespace snapshelf {

/// Original picture files by content: DIR/ab/cdef.... named by their SHA-256, so that equal
/// pictures are kept once and every file carries its own checksum.
///
/// threads: safe.
class PictureFiles {
 public:
  PictureFiles(FileSystem& file_system, std::filesystem::path folder);

  /// Keeps `bytes` under `hash` (64 hex digits, their SHA-256). Durable after Sync.
  Status Put(const std::string& hash, std::span<const std::byte> bytes);
  /// Everything put before is on the disk on return.
  Status Sync();
  /// errors: kNotFound; kCorruption if the bytes do not match the hash.
  [[nodiscard]] Result<std::vector<std::byte>> Get(const std::string& hash) const;
  Status Remove(const std::string& hash);
  [[nodiscard]] bool Contains(const std::string& hash) const;
  /// Calls `visit(hash, size_bytes)` for every file kept.
  Status ForEach(const std::function<void(const std::string&, std::uint64_t)>& visit) const;

 private:
  [[nodiscard]] std::filesystem::path PathOf(const std::string& hash) const;
  FileSystem& file_system_;
  std::filesystem::path folder_;
};

}  // namespace snapshelf
