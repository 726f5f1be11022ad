#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "feeds/csv_feed.h"
#include "feeds/draft_builder.h"
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
  const std::string ending = LowerCase(path.extension().string());
  if (ending == ".csv") return OpenCsvFeed(path);
  if (ending == ".jsonl" || ending == ".ndjson") return OpenJsonlFeed(path);
  return Fail(Code::kInvalidArgument,
              fmt::format("feed {}: unknown kind; give a .csv, .jsonl or .ndjson file, or a folder "
                          "of pictures",
                          source.string()));
}

}  // namespace snapshelf
