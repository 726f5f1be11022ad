#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// Original picture files by content, so that equal pictures are kept once: in a folder, or in the
/// database that several servers share.
///
/// threads: safe.
class PictureFiles {
 public:
  virtual ~PictureFiles() = default;

  /// Keeps `bytes` under `hash` (64 hex digits, their SHA-256). Durable after Sync.
  virtual Status Put(const std::string& hash, std::span<const std::byte> bytes) = 0;
  /// Everything put before is on the disk on return.
  virtual Status Sync() = 0;
  /// errors: kNotFound; kCorruption if the bytes do not match the hash.
  [[nodiscard]] virtual Result<std::vector<std::byte>> Get(const std::string& hash) const = 0;
  /// errors: kNotFound.
  virtual Status Remove(const std::string& hash) = 0;
  [[nodiscard]] virtual bool Contains(const std::string& hash) const = 0;
  /// Calls `visit(hash, size_bytes)` for every file kept.
  virtual Status ForEach(
      const std::function<void(const std::string&, std::uint64_t)>& visit) const = 0;
};

}  // namespace snapshelf
