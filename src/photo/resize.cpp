#include "photo/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"

namespace snapshelf {
namespace {

/// Which source pixels make up each target pixel of one axis: target[i] = sum over t of
/// weights[i * taps + t] * source[first[i] + t]. Weights beyond the support are 0, those of one
/// target pixel add up to 1.
struct Axis {
  int source_begin = 0;  ///< all taps lie in [source_begin, source_end)
  int source_end = 0;
  int taps = 0;
  std::vector<int> first;
  std::vector<float> weights;
};

/// The triangle filter of Pillow's BILINEAR, with which the models are trained: as wide as the
/// shrink factor (so that every source pixel counts), one pixel wide when enlarging, centres
/// aligned. `start` and `length` are the cut in source pixels; pixels outside it are not touched.
Axis MakeAxis(double start, double length, int source_size, int target_size) {
  constexpr double kSliver = 1e-3;  // a cut of pixel 7.00001 means 7: mapping a box rounds
  const double scale = length / target_size;
  const double radius = std::max(1.0, scale);
  Axis axis;
  axis.source_begin = std::clamp(static_cast<int>(std::floor(start + kSliver)), 0, source_size - 1);
  axis.source_end = std::clamp(static_cast<int>(std::ceil(start + length - kSliver)),
                               axis.source_begin + 1, source_size);
  axis.taps =
      std::min(static_cast<int>(std::ceil(radius)) * 2 + 1, axis.source_end - axis.source_begin);
  axis.first.resize(target_size);
  axis.weights.assign(static_cast<std::size_t>(target_size) * axis.taps, 0.0F);
  for (int i = 0; i < target_size; ++i) {
    const double centre = start + (i + 0.5) * scale;
    const int first = std::clamp(static_cast<int>(std::floor(centre - radius + 0.5)),
                                 axis.source_begin, axis.source_end - axis.taps);
    const std::span<float> weights(&axis.weights[static_cast<std::size_t>(i) * axis.taps],
                                   axis.taps);
    axis.first[i] = first;
    double sum = 0;
    for (int t = 0; t < axis.taps; ++t) {
      const double weight = std::max(0.0, 1.0 - std::abs(first + t + 0.5 - centre) / radius);
      weights[t] = static_cast<float>(weight);
      sum += weight;
    }
    for (float& weight : weights) weight = static_cast<float>(weight / sum);
  }
  return axis;
}

/// row[i] += weight * source[i]
void AddScaled(std::span<const std::uint8_t> source, float weight, float* row) {
  for (std::size_t i = 0; i < source.size(); ++i) row[i] += weight * static_cast<float>(source[i]);
}

/// One target row from the source columns of `row` ([columns, 3], columns starting at
/// axis.source_begin).
void ResampleRow(const Axis& axis, const float* row, std::uint8_t* target) {
  const float* weights = axis.weights.data();
  for (const int first : axis.first) {
    const float* source = row + 3 * static_cast<std::ptrdiff_t>(first - axis.source_begin);
    float red = 0.5F;  // to round
    float green = 0.5F;
    float blue = 0.5F;
    for (int t = 0; t < axis.taps; ++t, source += 3) {
      red += weights[t] * source[0];
      green += weights[t] * source[1];
      blue += weights[t] * source[2];
    }
    weights += axis.taps;
    target[0] = static_cast<std::uint8_t>(red);
    target[1] = static_cast<std::uint8_t>(green);
    target[2] = static_cast<std::uint8_t>(blue);
    target += 3;
  }
}

/// Rows first: a row of the source is contiguous, so that the longer of the two passes is plain
/// vector arithmetic.
void Resample(const Image& source, const Axis& columns, const Axis& rows, Image& target, int left,
              int top) {
  const std::size_t stride = 3 * static_cast<std::size_t>(source.width);
  const std::size_t cut = 3 * static_cast<std::size_t>(columns.source_end - columns.source_begin);
  std::vector<float> row(cut);
  for (std::size_t y = 0; y < rows.first.size(); ++y) {
    std::ranges::fill(row, 0.0F);
    for (int t = 0; t < rows.taps; ++t) {
      const float weight = rows.weights[y * rows.taps + t];
      if (weight == 0) continue;
      const std::uint8_t* line = &source.pixels[(rows.first[y] + t) * stride +
                                                3 * static_cast<std::size_t>(columns.source_begin)];
      AddScaled({line, cut}, weight, row.data());
    }
    ResampleRow(columns, row.data(),
                &target.pixels[3 * ((top + y) * static_cast<std::size_t>(target.width) + left)]);
  }
}

Image Padding(int width, int height, const std::array<std::uint8_t, 3>& pad) {
  Image image{.width = width, .height = height, .pixels = {}};
  image.pixels.resize(3 * static_cast<std::size_t>(width) * height);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = pad[i % 3];
  return image;
}

/// Where the resized box lies in the target.
struct Placed {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

Placed Place(const Box& box, int width, int height, Fit fit) {
  if (fit == Fit::kStretch) return {.width = width, .height = height};
  const double scale =
      std::min(width / static_cast<double>(box.width), height / static_cast<double>(box.height));
  Placed placed{.width = std::clamp(static_cast<int>(std::lround(box.width * scale)), 1, width),
                .height = std::clamp(static_cast<int>(std::lround(box.height * scale)), 1, height)};
  if (fit == Fit::kLetterbox) {
    placed.left = (width - placed.width) / 2;
    placed.top = (height - placed.height) / 2;
  }
  return placed;
}

}  // namespace

Image CropAndFit(const Photo& photo, const Box& box, int width, int height, Fit fit,
                 std::array<std::uint8_t, 3> pad, FitGeometry* geometry) {
  SNAPSHELF_CHECK(width > 0 && height > 0 && photo.width > 0 && photo.height > 0);
  if (geometry != nullptr) *geometry = {};
  Image target = Padding(width, height, pad);
  const Box cut = Clip(box, photo.width, photo.height);
  if (cut.width <= 0 || cut.height <= 0) return target;

  const Placed placed = Place(cut, width, height, fit);
  const double shrink_x = static_cast<double>(photo.image.width) / photo.width;
  const double shrink_y = static_cast<double>(photo.image.height) / photo.height;
  const Axis columns =
      MakeAxis(cut.x * shrink_x, cut.width * shrink_x, photo.image.width, placed.width);
  const Axis rows =
      MakeAxis(cut.y * shrink_y, cut.height * shrink_y, photo.image.height, placed.height);
  Resample(photo.image, columns, rows, target, placed.left, placed.top);

  if (geometry != nullptr) {
    geometry->scale_x = static_cast<float>(placed.width) / cut.width;
    geometry->scale_y = static_cast<float>(placed.height) / cut.height;
    geometry->offset_x = static_cast<float>(placed.left) - (cut.x - box.x) * geometry->scale_x;
    geometry->offset_y = static_cast<float>(placed.top) - (cut.y - box.y) * geometry->scale_y;
  }
  return target;
}

}  // namespace snapshelf
