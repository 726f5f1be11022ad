#pragma once

#include <filesystem>
#include <string>

#include "snapshelf/result.h"

namespace snapshelf {

/// A whole small file (the page's and the description's). errors: kIoError.
[[nodiscard]] Result<std::string> ReadTextFile(const std::filesystem::path& path);

}  // namespace snapshelf
