#include "photo/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace snapshelf {
namespace {

/// How much of the pixel (x, y) of a width x height rectangle with rounded corners is covered, by
/// its distance to the edge.
float RoundedCoverage(float x, float y, float width, float height, float radius) {
  const float beyond_x = std::abs(x + 0.5F - width / 2) - (width / 2 - radius);
  const float beyond_y = std::abs(y + 0.5F - height / 2) - (height / 2 - radius);
  const float outside = std::hypot(std::max(beyond_x, 0.0F), std::max(beyond_y, 0.0F));
  const float distance = outside + std::min(std::max(beyond_x, beyond_y), 0.0F) - radius;
  return std::clamp(0.5F - distance, 0.0F, 1.0F);
}

float RoundedCoverage(int x, int y, const Area& area, float radius) {
  return RoundedCoverage(static_cast<float>(x), static_cast<float>(y),
                         static_cast<float>(area.width), static_cast<float>(area.height), radius);
}

}  // namespace

Canvas::Canvas(int width, int height) : image_{.width = width, .height = height, .pixels = {}} {
  image_.pixels.assign(3 * static_cast<std::size_t>(width) * height, 255);
}

void Canvas::Blend(int x, int y, const std::uint8_t* colour, float coverage) {
  if (x < 0 || y < 0 || x >= image_.width || y >= image_.height) return;
  std::uint8_t* pixel = &image_.pixels[3 * (static_cast<std::size_t>(y) * image_.width + x)];
  for (int c = 0; c < 3; ++c) {
    const auto below = static_cast<float>(pixel[c]);
    pixel[c] = static_cast<std::uint8_t>(
        std::lround(below + coverage * (static_cast<float>(colour[c]) - below)));
  }
}

void Canvas::Fill(const Area& area, const Colour& colour, float radius) {
  for (int y = 0; y < area.height; ++y) {
    for (int x = 0; x < area.width; ++x) {
      Blend(area.left + x, area.top + y, colour.data(), RoundedCoverage(x, y, area, radius));
    }
  }
}

void Canvas::Frame(const Area& area, const Colour& colour, float radius, float thickness) {
  for (int y = 0; y < area.height; ++y) {
    for (int x = 0; x < area.width; ++x) {
      const float inner = RoundedCoverage(
          static_cast<float>(x) - thickness, static_cast<float>(y) - thickness,
          static_cast<float>(area.width) - 2 * thickness,
          static_cast<float>(area.height) - 2 * thickness, std::max(radius - thickness, 0.0F));
      Blend(area.left + x, area.top + y, colour.data(),
            std::max(RoundedCoverage(x, y, area, radius) - inner, 0.0F));
    }
  }
}

void Canvas::Put(const Image& picture, int left, int top, float radius) {
  const Area area = {.left = left, .top = top, .width = picture.width, .height = picture.height};
  for (int y = 0; y < area.height; ++y) {
    for (int x = 0; x < area.width; ++x) {
      const std::uint8_t* colour =
          &picture.pixels[3 * (static_cast<std::size_t>(y) * picture.width + x)];
      Blend(left + x, top + y, colour, RoundedCoverage(x, y, area, radius));
    }
  }
}

void Canvas::Write(const TextMask& text, int left, int top, const Colour& colour) {
  for (int y = 0; y < text.height; ++y) {
    for (int x = 0; x < text.width; ++x) {
      const std::uint8_t alpha = text.alpha[static_cast<std::size_t>(y) * text.width + x];
      Blend(left + x, top + y, colour.data(), static_cast<float>(alpha) / 255.0F);
    }
  }
}

}  // namespace snapshelf
