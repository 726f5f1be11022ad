#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "photo/image.h"

namespace snapshelf {

/// How a region is fitted into the input of a model (the card's `resize`).
enum class Fit : std::uint8_t {
  kStretch,           ///< both sides to the target, aspect ratio lost
  kLetterbox,         ///< aspect ratio kept, centred, the rest padded
  kLetterboxTopLeft,  ///< aspect ratio kept, at the top left, the rest padded (YOLOX)
};

/// The Fit that a model card calls "stretch", "letterbox" or "letterbox_top_left".
[[nodiscard]] inline std::optional<Fit> FitFromName(std::string_view name) {
  if (name == "stretch") return Fit::kStretch;
  if (name == "letterbox") return Fit::kLetterbox;
  if (name == "letterbox_top_left") return Fit::kLetterboxTopLeft;
  return std::nullopt;
}

/// Where a fitted region landed: target = source * scale + offset, per axis.
struct FitGeometry {
  float scale_x = 1;
  float scale_y = 1;
  float offset_x = 0;
  float offset_y = 0;
};

/// Cuts `box` (frame: pixels of the upright original) out of `photo`, fits it into width x height
/// and pads with `pad` (RGB). The filter is that of Pillow's BILINEAR resize: a triangle as wide as
/// the shrink factor (area-averaging), bilinear when enlarging; pixels outside the cut are not
/// touched. Parts of the box outside the photo are cut off; a box wholly outside gives padding
/// only. The letterbox size is round(box * min(width / box.width, height / box.height)), at least
/// 1, and kLetterbox centres it at floor((target - size) / 2).
///
/// geometry  if given, tells how the box's own coordinates (its left top corner is 0, 0, also where
///           that corner was cut off) map to the target.
/// threads   safe.
[[nodiscard]] Image CropAndFit(const Photo& photo, const Box& box, int width, int height, Fit fit,
                               std::array<std::uint8_t, 3> pad, FitGeometry* geometry = nullptr);

/// The whole photo as a box in its own frame.
[[nodiscard]] inline Box WholeBox(const Photo& photo) {
  return {.x = 0,
          .y = 0,
          .width = static_cast<float>(photo.width),
          .height = static_cast<float>(photo.height)};
}

}  // namespace snapshelf
