#include "detect/decoders/yolov8.h"

#include "base/check.h"

namespace snapshelf {

Result<std::vector<RawBox>> DecodeYolov8(const Tensor& output, std::size_t image,
                                         const ModelCard& card) {
  const std::size_t classes = card.classes.size();
  SNAPSHELF_RETURN_IF_ERROR(
      CheckOutput(output, image, {static_cast<std::int64_t>(4 + classes), kAnySide}, card));

  std::vector<RawBox> boxes;
  const auto places = static_cast<std::size_t>(output.shape[2]);
  const float* planes = output.values.data() + image * (4 + classes) * places;
  std::vector<float> scores(classes);
  for (std::size_t place = 0; place < places; ++place) {
    const auto at = [&](std::size_t plane) { return planes[plane * places + place]; };
    for (std::size_t i = 0; i < classes; ++i) scores[i] = at(4 + i);
    const int best = BestClass(scores);
    AddBox({.x = at(0), .y = at(1), .width = at(2), .height = at(3)}, best, scores[best], card,
           boxes);
  }
  return boxes;
}

}  // namespace snapshelf
