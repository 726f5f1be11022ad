#include "detect/nms.h"

#include <algorithm>
#include <functional>

namespace snapshelf {

std::vector<RawBox> SuppressDuplicates(std::vector<RawBox> boxes, float iou_max) {
  std::ranges::stable_sort(boxes, std::greater{}, &RawBox::score);
  std::vector<RawBox> kept;
  for (const RawBox& box : boxes) {
    const bool duplicate = std::ranges::any_of(kept, [&](const RawBox& better) {
      return better.class_index == box.class_index &&
             IntersectionOverUnion(better.box, box.box) > iou_max;
    });
    if (!duplicate) kept.push_back(box);
  }
  return kept;
}

}  // namespace snapshelf
