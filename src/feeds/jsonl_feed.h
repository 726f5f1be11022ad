#pragma once

#include <filesystem>
#include <memory>

#include "feeds/feed_reader.h"

namespace snapshelf {

/// A JSON Lines feed (docs/format/feeds.md). errors: as OpenFeed.
[[nodiscard]] Result<std::unique_ptr<FeedReader>> OpenJsonlFeed(const std::filesystem::path& path);

}  // namespace snapshelf
