#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "photo/image.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// JPEG of `image`, quality 1 .. 100, no metadata.
[[nodiscard]] Result<std::vector<std::byte>> EncodeJpeg(const Image& image, int quality = 85);

/// WebP of `image`, quality 1 .. 100, no metadata.
[[nodiscard]] Result<std::vector<std::byte>> EncodeWebp(const Image& image, int quality = 80);

}  // namespace snapshelf
