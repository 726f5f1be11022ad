#pragma once

#include <filesystem>
#include <memory>

#include "feeds/feed_reader.h"

namespace snapshelf {

/// A folder of pictures (docs/format/feeds.md); holds the names of all of them. errors: as
/// OpenFeed.
[[nodiscard]] Result<std::unique_ptr<FeedReader>> OpenFolderFeed(
    const std::filesystem::path& folder);

}  // namespace snapshelf
