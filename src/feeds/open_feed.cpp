#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "feeds/csv_feed.h"
#include "feeds/feed_reader.h"
#include "feeds/folder_feed.h"
#include "feeds/jsonl_feed.h"

namespace snapshelf {

Result<std::unique_ptr<FeedReader>> OpenFeed(const std::filesystem::path& source) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(source, error).lexically_normal();
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found)
    return Fail(Code::kNotFound, fmt::format("feed {}: there is none", source.string()));
  if (kind == std::filesystem::file_type::directory) return OpenFolderFeed(path);
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (ending == ".csv") return OpenCsvFeed(path);
  if (ending == ".jsonl" || ending == ".ndjson") return OpenJsonlFeed(path);
  return Fail(Code::kInvalidArgument,
              fmt::format("feed {}: unknown kind; give a .csv, .jsonl or .ndjson file, or a folder "
                          "of pictures",
                          source.string()));
}

}  // namespace snapshelf
