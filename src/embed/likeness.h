#pragma once

#include <span>

#include "runtime/model_card.h"

namespace snapshelf {

/// What a photo's object has in common with products that are not it: the mean of the cosines at
/// the ranks that the calibration names. `cosines`: of the products found, best first. A catalog,
/// or what a filter leaves of it, may end before the last of these ranks: then those that exist
/// count, and 0, which subtracts nothing, where there is none.
[[nodiscard]] float BackgroundOf(const Calibration& calibration, std::span<const float> cosines);

/// Probability, 0 .. 1, that a shopper would call it the same or a very similar product. Grows with
/// the cosine. `background`: of the same object, by BackgroundOf.
[[nodiscard]] float Likeness(const Calibration& calibration, float cosine, float background);

}  // namespace snapshelf
