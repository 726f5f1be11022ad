#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "photo/image.h"
#include "photo/text.h"

namespace snapshelf {

using Colour = std::array<std::uint8_t, 3>;  ///< sRGB

/// A rectangle of whole pixels of a canvas.
struct Area {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

/// A white picture to draw on, with antialiased edges. Whatever lies outside is cut off. One thread
/// at a time.
class Canvas {
 public:
  Canvas(int width, int height);

  /// Fills `area`, corners rounded by `radius` pixels.
  void Fill(const Area& area, const Colour& colour, float radius = 0);
  /// A frame of `thickness` pixels inside the edge of `area`.
  void Frame(const Area& area, const Colour& colour, float radius, float thickness);
  /// Puts `picture`, unscaled, at the left top of `area`, with rounded corners.
  void Put(const Image& picture, int left, int top, float radius = 0);
  /// Puts text with its left top at (left, top).
  void Write(const TextMask& text, int left, int top, const Colour& colour);

  [[nodiscard]] Image Release() && { return std::move(image_); }

 private:
  void Blend(int x, int y, const std::uint8_t* colour, float coverage);

  Image image_;
};

}  // namespace snapshelf
