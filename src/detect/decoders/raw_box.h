#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "photo/image.h"
#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What a network says about one place, before duplicates are suppressed.
struct RawBox {
  Box box;  ///< pixels of the network's input
  int class_index = 0;
  float score = 0;  ///< 0 .. 1
};

/// Reads the boxes of one image out of a network's output. Each decoder is such a function.
///
/// output  [N, ...] in the layout of the decoder; `image` is the index along N.
/// returns the boxes whose best class scores at least card.score_threshold, in the order of the
///         output. What is not finite or has no area is left out: a network on broken input gives
///         no boxes, never wrong ones.
/// errors  kInvalidArgument if the shape is not what decoder, classes and input size demand.
using Decoder = Result<std::vector<RawBox>> (*)(const Tensor& output, std::size_t image,
                                                const ModelCard& card);

/// A box by its centre, as networks write it.
struct CentredBox {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;
};

/// Adds the box if its score reaches the card's threshold and all values make sense.
void AddBox(const CentredBox& centred, int class_index, float score, const ModelCard& card,
            std::vector<RawBox>& boxes);

/// Index of the highest of `scores`, which are not empty.
[[nodiscard]] int BestClass(std::span<const float> scores);

/// One side of an expected shape that may have any length.
inline constexpr std::int64_t kAnySide = -1;

/// Checks the shape [N, sides...] of `output`, and that it holds `image`.
[[nodiscard]] Status CheckOutput(const Tensor& output, std::size_t image,
                                 std::initializer_list<std::int64_t> sides, const ModelCard& card);

}  // namespace snapshelf
