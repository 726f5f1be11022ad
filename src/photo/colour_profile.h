#pragma once

#include <cstddef>
#include <span>

namespace snapshelf {

/// Whether an ICC profile is sRGB under one of its usual descriptions ("sRGB IEC61966-2.1", "sRGB
/// built-in", ...). Most pictures of phones and shops carry it, and converting sRGB to sRGB would
/// cost more than decoding them.
[[nodiscard]] bool IsSrgbProfile(std::span<const std::byte> profile);

}  // namespace snapshelf
