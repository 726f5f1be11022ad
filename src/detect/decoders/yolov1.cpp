#include "detect/decoders/yolov1.h"

#include "base/check.h"

namespace snapshelf {
namespace {

// S and B of the paper.
constexpr std::size_t kGrid = 7;
constexpr std::size_t kCells = kGrid * kGrid;
constexpr std::size_t kBoxesPerCell = 2;

}  // namespace

Result<std::vector<RawBox>> DecodeYolov1(const Tensor& output, std::size_t image,
                                         const ModelCard& card) {
  const std::size_t classes = card.classes.size();
  const std::size_t size = kCells * (classes + kBoxesPerCell * 5);
  SNAPSHELF_RETURN_IF_ERROR(CheckOutput(output, image, {static_cast<std::int64_t>(size)}, card));

  const float* probabilities = output.values.data() + image * size;  // [cells, classes]
  const float* confidences = probabilities + kCells * classes;       // [cells, 2]
  const float* coordinates = confidences + kCells * kBoxesPerCell;   // [cells, 2, 4]
  const auto width = static_cast<float>(card.input.width);
  const auto height = static_cast<float>(card.input.height);
  std::vector<RawBox> boxes;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    const int best = BestClass({probabilities + cell * classes, classes});
    const float probability = probabilities[cell * classes + best];
    const std::size_t whole_rows = cell / kGrid;
    const auto row = static_cast<float>(whole_rows);
    const auto column = static_cast<float>(cell % kGrid);
    for (std::size_t i = cell * kBoxesPerCell; i < (cell + 1) * kBoxesPerCell; ++i) {
      const float* at = coordinates + 4 * i;
      const CentredBox box = {.x = (at[0] + column) / kGrid * width,
                              .y = (at[1] + row) / kGrid * height,
                              .width = at[2] * at[2] * width,
                              .height = at[3] * at[3] * height};
      AddBox(box, best, confidences[i] * probability, card, boxes);
    }
  }
  return boxes;
}

}  // namespace snapshelf
