#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rerank/verify_match.h"

namespace snapshelf {

/// More lines than these would hide what they point at.
inline constexpr std::size_t kMatchesShown = 30;

/// At most kMatchesShown of the inliers for a shopper to see, spread over the photo: each is the
/// one farthest from those before it, so that the first few show the most.
[[nodiscard]] std::vector<MatchedPair> ChooseMatches(std::span<const MatchedPair> inliers);

}  // namespace snapshelf
