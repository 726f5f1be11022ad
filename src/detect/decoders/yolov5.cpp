#include "detect/decoders/yolov5.h"

#include "base/check.h"

namespace snapshelf {

Result<std::vector<RawBox>> DecodeYolov5(const Tensor& output, std::size_t image,
                                         const ModelCard& card) {
  const std::size_t classes = card.classes.size();
  const std::size_t row_size = 5 + classes;
  SNAPSHELF_RETURN_IF_ERROR(
      CheckOutput(output, image, {kAnySide, static_cast<std::int64_t>(row_size)}, card));

  std::vector<RawBox> boxes;
  const auto places = static_cast<std::size_t>(output.shape[1]);
  const float* row = output.values.data() + image * places * row_size;
  for (std::size_t place = 0; place < places; ++place, row += row_size) {
    const float objectness = row[4];
    if (!(objectness >= card.score_threshold)) continue;
    const int best = BestClass({row + 5, classes});
    AddBox({.x = row[0], .y = row[1], .width = row[2], .height = row[3]}, best,
           objectness * row[5 + best], card, boxes);
  }
  return boxes;
}

}  // namespace snapshelf
