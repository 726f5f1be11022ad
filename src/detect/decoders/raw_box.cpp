#include "detect/decoders/raw_box.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/check.h"

namespace snapshelf {

void AddBox(const CentredBox& centred, int class_index, float score, const ModelCard& card,
            std::vector<RawBox>& boxes) {
  // Written so that NaN fails every test.
  if (!(score >= card.score_threshold) || !std::isfinite(score)) return;
  if (!(centred.width > 0) || !(centred.height > 0)) return;
  const Box box = {.x = centred.x - centred.width / 2,
                   .y = centred.y - centred.height / 2,
                   .width = centred.width,
                   .height = centred.height};
  if (!std::isfinite(box.x) || !std::isfinite(box.y) || !std::isfinite(box.Area())) return;
  boxes.push_back({.box = box, .class_index = class_index, .score = std::min(score, 1.0F)});
}

int BestClass(std::span<const float> scores) {
  SNAPSHELF_CHECK(!scores.empty());
  return static_cast<int>(std::ranges::max_element(scores) - scores.begin());
}

Status CheckOutput(const Tensor& output, std::size_t image,
                   std::initializer_list<std::int64_t> sides, const ModelCard& card) {
  const bool fits = output.shape.size() == sides.size() + 1 &&
                    std::equal(sides.begin(), sides.end(), output.shape.begin() + 1,
                               [](std::int64_t want, std::int64_t got) {
                                 return want == kAnySide || want == got;
                               });
  if (!fits)
    return Fail(
        Code::kInvalidArgument,
        fmt::format("model {}: output [{}] does not fit decoder {} with {} classes and a "
                    "{}x{} input, which needs [N, {}] (-1: any)",
                    card.name, fmt::join(output.shape, ", "), card.decoder, card.classes.size(),
                    card.input.width, card.input.height, fmt::join(sides, ", ")));
  const std::int64_t values =
      std::accumulate(output.shape.begin(), output.shape.end(), std::int64_t{1}, std::multiplies{});
  SNAPSHELF_CHECK(std::cmp_equal(values, output.values.size()));
  SNAPSHELF_CHECK(std::cmp_less(image, output.shape[0]));
  return {};
}

}  // namespace snapshelf
