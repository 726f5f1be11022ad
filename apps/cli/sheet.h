#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "pipeline/find_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Writes `photo` (encoded) with the boxes of `answer` beside the pictures found to the JPEG file
/// `path`.
Status DrawAnswer(const Shop& shop, std::span<const std::byte> photo, const Answer& answer,
                  const std::filesystem::path& path);

}  // namespace snapshelf
