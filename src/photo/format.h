#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace snapshelf {

/// The picture formats that are taken; all others are refused before a codec sees a byte of them.
enum class PictureFormat : std::uint8_t { kJpeg, kPng, kWebp, kGif, kHeic, kAvif };

/// The format by the signature in the first bytes (names and extensions are not trusted), or
/// nothing if it is none of the six.
[[nodiscard]] std::optional<PictureFormat> SniffFormat(std::span<const std::byte> bytes);

/// "JPEG", "PNG", ...: for messages.
[[nodiscard]] std::string_view FormatName(PictureFormat format);

/// "image/jpeg", "image/png", ...
[[nodiscard]] std::string_view MediaType(PictureFormat format);

}  // namespace snapshelf
