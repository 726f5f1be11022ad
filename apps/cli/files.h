#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "snapshelf/result.h"
#include "storage/file_system.h"

namespace snapshelf {

/// A file that the user named. errors: kNotFound names it.
[[nodiscard]] inline Result<std::vector<std::byte>> ReadBytes(const std::filesystem::path& path) {
  return PosixFileSystem().Read(path);
}

}  // namespace snapshelf
