#include "detect/decoders/yolox.h"

#include <cmath>

#include "base/check.h"

namespace snapshelf {

Result<std::vector<RawBox>> DecodeYolox(const Tensor& output, std::size_t image,
                                        const ModelCard& card) {
  std::int64_t places = 0;
  for (const int stride : card.strides)
    places += std::int64_t{card.input.width / stride} * (card.input.height / stride);
  const std::size_t classes = card.classes.size();
  const std::size_t row_size = 5 + classes;
  SNAPSHELF_RETURN_IF_ERROR(
      CheckOutput(output, image, {places, static_cast<std::int64_t>(row_size)}, card));

  std::vector<RawBox> boxes;
  const float* row = output.values.data() + image * places * row_size;
  for (const int stride : card.strides) {
    const auto scale = static_cast<float>(stride);
    for (int cell_y = 0; cell_y < card.input.height / stride; ++cell_y) {
      for (int cell_x = 0; cell_x < card.input.width / stride; ++cell_x, row += row_size) {
        const float objectness = row[4];
        if (!(objectness >= card.score_threshold)) continue;  // most places: skip their classes
        const int best = BestClass({row + 5, classes});
        const CentredBox box = {.x = (row[0] + static_cast<float>(cell_x)) * scale,
                                .y = (row[1] + static_cast<float>(cell_y)) * scale,
                                .width = std::exp(row[2]) * scale,
                                .height = std::exp(row[3]) * scale};
        AddBox(box, best, objectness * row[5 + best], card, boxes);
      }
    }
  }
  return boxes;
}

}  // namespace snapshelf
