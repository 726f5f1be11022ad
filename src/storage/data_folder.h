#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "snapshelf/result.h"

namespace snapshelf {

enum class Access : std::uint8_t {
  kRead,   ///< others may be there, a writer too if it was there first
  kWrite,  ///< alone, but for readers that come later
};

/// The data folder of one shop: format version and lock. Held as long as the object lives.
///
///   DIR/STORE     {"format":1}
///   DIR/LOCK      flock; holds the pid of the writer
class DataFolder {
 public:
  /// Opens (and for kWrite creates) the folder.
  /// errors: kAlreadyExists for kWrite if another process holds it (names its pid), kNotFound for
  /// kRead without a store,
  ///         kUnimplemented for a store of a newer format, kCorruption if STORE is unreadable,
  ///         kInvalidArgument for a folder with other things in it but no store.
  static Result<std::unique_ptr<DataFolder>> Open(const std::filesystem::path& path, Access access);
  ~DataFolder();
  [[nodiscard]] const std::filesystem::path& path() const;
  /// True if it was opened beside a writer: what lies in it may change while it is read.
  [[nodiscard]] bool has_writer() const;

 private:
  struct Impl;
  explicit DataFolder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
