#pragma once

#include "detect/decoders/raw_box.h"

namespace snapshelf {

/// The first YOLO (Redmon et al. 2016): [N, 7 * 7 * (classes + 2 * 5)], with 20 classes [N, 1470].
///
/// Cells go row by row over a 7 x 7 grid. First come the class probabilities of every cell, then
/// the confidences of its 2 boxes, then the boxes: x and y of the centre as an offset within the
/// cell (0 .. 1), and the square roots of width and height as parts of the picture. Score =
/// confidence * class probability; each box takes the best class of its cell.
[[nodiscard]] Result<std::vector<RawBox>> DecodeYolov1(const Tensor& output, std::size_t image,
                                                       const ModelCard& card);

}  // namespace snapshelf
