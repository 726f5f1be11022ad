#pragma once

#include "detect/decoders/raw_box.h"

namespace snapshelf {

/// YOLOv8 and its kin: [N, 4 + classes, places], any number of places.
///
/// The planes hold centre x, y, width, height in input pixels, then one score per class; there is
/// no objectness.
[[nodiscard]] Result<std::vector<RawBox>> DecodeYolov8(const Tensor& output, std::size_t image,
                                                       const ModelCard& card);

}  // namespace snapshelf
