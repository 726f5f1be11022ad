#include "rerank/test_scenes.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace snapshelf::testing {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

Photo Blank(int width, int height, Rgb colour) {
  Photo photo{.image = {.width = width, .height = height}, .width = width, .height = height};
  for (int i = 0; i < width * height; ++i)
    photo.image.pixels.insert(photo.image.pixels.end(), colour.begin(), colour.end());
  return photo;
}

std::uint8_t* PixelAt(Image& image, int x, int y) {
  return &image.pixels[3 * (static_cast<std::size_t>(y) * image.width + x)];
}

/// The inverse of the 3 x 3 matrix, with 1 at its end again.
Homography Inverse(const Homography& h) {
  const auto [a, b, c, d, e, f, g, i] = h;
  const double last = a * e - b * d;
  return {(e - f * i) / last,     (c * i - b) / last,    (b * f - c * e) / last,
          (f * g - d) / last,     (a - c * g) / last,    (c * d - a * f) / last,
          (d * i - e * g) / last, (b * g - a * i) / last};
}

/// Bilinear; grey outside.
double Sample(const Image& image, double x, double y, int channel) {
  const int left = static_cast<int>(std::floor(x));
  const int top = static_cast<int>(std::floor(y));
  const auto at = [&](int px, int py) -> double {
    if (px < 0 || py < 0 || px >= image.width || py >= image.height) return 128;
    return image.pixels[3 * (static_cast<std::size_t>(py) * image.width + px) + channel];
  };
  const double u = x - left;
  const double v = y - top;
  return (1 - v) * ((1 - u) * at(left, top) + u * at(left + 1, top)) +
         v * ((1 - u) * at(left, top + 1) + u * at(left + 1, top + 1));
}

}  // namespace

std::array<double, 2> Map(const Homography& h, double x, double y) {
  const double w = h[6] * x + h[7] * y + 1;
  return {(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w};
}

Photo PaintPackage(unsigned seed, int width, int height) {
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
  Photo photo = Blank(width, height, {235, 230, 220});
  for (int shape = 0; shape < 120; ++shape) {
    const int radius_x = 4 + below(24);
    const int radius_y = 4 + below(24);
    const int centre_x = below(width);
    const int centre_y = below(height);
    const bool disc = below(2) == 0;
    const Rgb colour = {static_cast<std::uint8_t>(below(256)),
                        static_cast<std::uint8_t>(below(256)),
                        static_cast<std::uint8_t>(below(256))};
    for (int y = std::max(0, centre_y - radius_y); y < std::min(height, centre_y + radius_y); ++y)
      for (int x = std::max(0, centre_x - radius_x); x < std::min(width, centre_x + radius_x);
           ++x) {
        const double dx = static_cast<double>(x - centre_x) / radius_x;
        const double dy = static_cast<double>(y - centre_y) / radius_y;
        if (!disc || dx * dx + dy * dy < 1) std::ranges::copy(colour, PixelAt(photo.image, x, y));
      }
  }
  return photo;
}

Photo PaintPlain(int width, int height) {
  Photo photo = Blank(width, height, {60, 80, 140});
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      *PixelAt(photo.image, x, y) = static_cast<std::uint8_t>(60 + 60 * x / width);
  return photo;
}

Photo Warp(const Photo& photo, const Homography& h) {
  const Homography back = Inverse(h);
  Photo warped = Blank(photo.width, photo.height, {128, 128, 128});
  for (int y = 0; y < photo.height; ++y)
    for (int x = 0; x < photo.width; ++x) {
      // The middle of the pixel, in coordinates whose 0 is the corner of the picture.
      const auto [from_x, from_y] = Map(back, x + 0.5, y + 0.5);
      for (int channel = 0; channel < 3; ++channel)
        PixelAt(warped.image, x, y)[channel] = static_cast<std::uint8_t>(
            std::lround(Sample(photo.image, from_x - 0.5, from_y - 0.5, channel)));
    }
  return warped;
}

}  // namespace snapshelf::testing
