#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "photo/image.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A corner or blob that can be found again in another photo of the same thing.
struct Keypoint {
  float x = 0;      ///< pixels of the upright original
  float y = 0;      ///< downwards
  float size = 0;   ///< diameter of the described patch, pixels of the upright original
  float angle = 0;  ///< of the patch, degrees clockwise as one sees it, 0 .. 360
};

inline constexpr std::size_t kDescriptorSize = 128;

/// What a second look compares: the keypoints of a part of a picture, and how their surroundings
/// look.
///
/// descriptors  [keypoints, 128] row-major, 0 .. 127: RootSIFT (Arandjelovic and Zisserman 2012)
///              times 256. Rows are about 256 long, so that a dot product of two is their cosine
///              times 65,536.
struct LocalFeatures {
  Box region;  ///< the part they were taken from, in pixels of the upright original
  std::vector<Keypoint> keypoints;
  std::vector<std::int8_t> descriptors;

  [[nodiscard]] std::span<const std::int8_t> Descriptor(std::size_t index) const {
    return std::span(descriptors).subspan(index * kDescriptorSize, kDescriptorSize);
  }
};

struct LocalFeatureOptions {
  /// A larger region is brought to this longest side before keypoints are looked for, pixels.
  int longest_side = 256;
  /// The strongest keypoints are kept.
  int keypoints_max = 200;
};

/// SIFT keypoints (Lowe 2004) of `region` of the photo, strongest first; none for a plain picture
/// or where the region lies outside.
///
/// errors:  kInternal if OpenCV fails.
/// threads: safe.
/// cost:    about 20 ms for the default options on one core.
[[nodiscard]] Result<LocalFeatures> ExtractLocalFeatures(const Photo& photo, const Box& region,
                                                         const LocalFeatureOptions& options = {});

}  // namespace snapshelf
