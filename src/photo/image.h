#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace snapshelf {

/// Pixels in sRGB. `pixels`: [height, width, 3] uint8, RGB, rows contiguous (stride = 3 * width
/// bytes).
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// A rectangle in pixels of the upright original photo (after EXIF rotation, before any shrinking);
/// x and y are the top left corner.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  [[nodiscard]] float Area() const { return width * height; }
};

/// The part of `box` that lies inside a width x height photo; zero-sized if none does.
[[nodiscard]] inline Box Clip(const Box& box, int width, int height) {
  const float left = std::clamp(box.x, 0.0F, static_cast<float>(width));
  const float top = std::clamp(box.y, 0.0F, static_cast<float>(height));
  const float right = std::clamp(box.x + box.width, left, static_cast<float>(width));
  const float bottom = std::clamp(box.y + box.height, top, static_cast<float>(height));
  return {.x = left, .y = top, .width = right - left, .height = bottom - top};
}

/// Intersection over union of two boxes, 0 .. 1.
[[nodiscard]] inline float IntersectionOverUnion(const Box& a, const Box& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const float shared = width * height;
  return shared / (a.Area() + b.Area() - shared);
}

/// A decoded photo, upright. `image` may be smaller than the original (shrink-on-load); `width` and
/// `height` are the size of the upright original, the frame of every Box.
struct Photo {
  Image image;
  int width = 0;
  int height = 0;
};

}  // namespace snapshelf
