#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "photo/decode.h"

namespace snapshelf {

/// The photo as a JPEG whose longest side is at most 1280 pixels, upright and without what the
/// camera wrote into it. errors: those of DecodePhoto.
[[nodiscard]] Result<std::vector<std::byte>> ShrinkPhoto(std::span<const std::byte> bytes,
                                                         const PhotoLimits& limits);

}  // namespace snapshelf
