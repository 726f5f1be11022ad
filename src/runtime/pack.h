#pragma once

#include <cstdint>
#include <span>

#include "runtime/model_card.h"

namespace snapshelf {

/// Writes one picture as a model wants it: planes in the card's colour order, normalised.
///
/// rgb     [input.height, input.width, 3] uint8, already fitted into the input.
/// planes  [3, input.height, input.width], one image of the input tensor.
void PackPixels(std::span<const std::uint8_t> rgb, const ModelCard::Input& input,
                std::span<float> planes);

}  // namespace snapshelf
