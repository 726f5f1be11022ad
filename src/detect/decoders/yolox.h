#pragma once

#include "detect/decoders/raw_box.h"

namespace snapshelf {

/// YOLOX (Ge et al. 2021) as exported without its decoder: [N, places, 5 + classes].
///
/// A row holds x, y, w, h, objectness, class scores; scores are already through the sigmoid. Places
/// go row by row over the grid of each of card.strides in turn: centre = (xy + cell) * stride, size
/// = exp(wh) * stride. Score = objectness * class.
[[nodiscard]] Result<std::vector<RawBox>> DecodeYolox(const Tensor& output, std::size_t image,
                                                      const ModelCard& card);

}  // namespace snapshelf
