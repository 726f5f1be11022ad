#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "snapshelf/result.h"

namespace snapshelf {

/// SHA-256 as 64 lower-case hexadecimal digits: the content hash of pictures and model files.
[[nodiscard]] std::string Sha256Hex(std::span<const std::byte> bytes);

/// The same of a file, read in pieces.
[[nodiscard]] Result<std::string> Sha256HexOfFile(const std::filesystem::path& path);

}  // namespace snapshelf
