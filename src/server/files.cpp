#include "server/files.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace snapshelf {

Result<std::string> ReadTextFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad())
    return Fail(Code::kIoError, fmt::format("{}: cannot be read", path.string()));
  return text;
}

}  // namespace snapshelf
