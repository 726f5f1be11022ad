#pragma once

#include <vector>

#include "detect/decoders/raw_box.h"

namespace snapshelf {

/// Non-maximum suppression: of boxes of one class that overlap by more than `iou_max`, only the
/// best one stays. Boxes of different classes never suppress each other. Best score first; boxes of
/// equal score keep their order. cost  quadratic in the number of boxes of one class.
[[nodiscard]] std::vector<RawBox> SuppressDuplicates(std::vector<RawBox> boxes, float iou_max);

}  // namespace snapshelf
