#pragma once

#include "detect/decoders/raw_box.h"

namespace snapshelf {

/// YOLOv5 and its kin as exported with their decoder: [N, places, 5 + classes], any number of
/// places.
///
/// A row holds centre x, y, width, height in input pixels, objectness, class scores. Score =
/// objectness * class.
[[nodiscard]] Result<std::vector<RawBox>> DecodeYolov5(const Tensor& output, std::size_t image,
                                                       const ModelCard& card);

}  // namespace snapshelf
