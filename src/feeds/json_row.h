#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "feeds/feed_reader.h"

namespace snapshelf {

/// One line of a JSONL feed: an object with the keys of docs/format/feeds.md. Numbers keep the text
/// that the feed has, so that a price of 12.10 stays 12.10.
[[nodiscard]] FeedRow ParseJsonRow(std::string_view text, std::int64_t line,
                                   const std::filesystem::path& folder);

}  // namespace snapshelf
