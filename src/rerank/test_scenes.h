#pragma once

#include <array>

#include "photo/image.h"

namespace snapshelf::testing {

/// target = (h[0] x + h[1] y + h[2], h[3] x + h[4] y + h[5]) / (h[6] x + h[7] y + 1), pixels.
using Homography = std::array<double, 8>;

[[nodiscard]] std::array<double, 2> Map(const Homography& h, double x, double y);

/// A printed package: light ground with many rectangles and discs of random place, size and colour.
/// Two seeds give two packages.
[[nodiscard]] Photo PaintPackage(unsigned seed, int width = 400, int height = 300);

/// One colour with soft light from the left, as a plain garment.
[[nodiscard]] Photo PaintPlain(int width = 400, int height = 300);

/// The photo seen through `h`, on grey; `h` maps the photo to the result.
[[nodiscard]] Photo Warp(const Photo& photo, const Homography& h);

}  // namespace snapshelf::testing
