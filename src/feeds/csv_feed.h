#pragma once

#include <filesystem>
#include <memory>

#include "feeds/feed_reader.h"

namespace snapshelf {

/// A CSV feed (docs/format/feeds.md). errors: as OpenFeed.
[[nodiscard]] Result<std::unique_ptr<FeedReader>> OpenCsvFeed(const std::filesystem::path& path);

}  // namespace snapshelf
