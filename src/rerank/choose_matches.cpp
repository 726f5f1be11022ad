#include "rerank/choose_matches.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace snapshelf {

std::vector<MatchedPair> ChooseMatches(std::span<const MatchedPair> inliers) {
  std::vector<MatchedPair> chosen;
  // Per inlier its distance to the nearest one chosen; none is chosen twice.
  std::vector<float> apart(inliers.size(), std::numeric_limits<float>::infinity());
  while (chosen.size() < std::min(inliers.size(), kMatchesShown)) {
    const auto farthest = static_cast<std::size_t>(std::ranges::max_element(apart) - apart.begin());
    const MatchedPair& next = inliers[farthest];
    chosen.push_back(next);
    for (std::size_t i = 0; i < inliers.size(); ++i)
      apart[i] = std::min(apart[i], std::hypot(inliers[i].query_x - next.query_x,
                                               inliers[i].query_y - next.query_y));
    apart[farthest] = -1;
  }
  return chosen;
}

}  // namespace snapshelf
