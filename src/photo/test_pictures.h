#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "photo/image.h"

namespace snapshelf::testing {

using Rgb = std::array<std::uint8_t, 3>;
using Bytes = std::vector<std::byte>;

/// Starts libvips, once for the whole program.
void StartPhoto();

/// A picture whose pixel (x, y) is colour(x, y).
Image Paint(int width, int height, const std::function<Rgb(int x, int y)>& colour);

/// Four quarters, clockwise from the top left: red, green, blue, yellow. Every rotation and
/// mirroring of it looks different.
Image Quarters(int width, int height);

Rgb At(const Image& image, int x, int y);

/// The largest difference of a channel.
int Distance(const Rgb& a, const Rgb& b);

/// How a picture is stored, beyond the format that `suffix` names in the words of libvips:
/// ".png", ".jpg[Q=90]", ".heic", ".avif", ...
struct Storage {
  std::string suffix = ".png";
  int bands = 3;             ///< 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha
  std::uint8_t alpha = 255;  ///< of every pixel where there is alpha
  bool deep = false;         ///< 16 bit a channel
  bool cmyk = false;         ///< converted to ink
  int orientation = 1;       ///< EXIF; the pixels are stored as they are
  std::string profile;       ///< converted to and marked with it: "p3", "srgb"
};
Bytes Store(const Image& image, const Storage& storage);

/// An animation of one-coloured frames; suffix ".gif" or ".webp[lossless]".
Bytes StoreAnimation(int width, int height, const std::vector<Rgb>& frames,
                     const std::string& suffix);

/// A PNG of width x height pixels (one bit each) whose header is valid and whose pixels are a few
/// bytes.
Bytes HollowPng(std::uint32_t width, std::uint32_t height);

Bytes FromText(const std::string& text);

}  // namespace snapshelf::testing
