#include "rerank/fuse.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace snapshelf {

bool IsSameItem(const Evidence& evidence, const FuseOptions& options) {
  return evidence.inliers >= options.same_item;
}

std::vector<float> FuseScores(std::span<const Evidence> shortlist, const FuseOptions& options) {
  const bool speaks = std::ranges::any_of(
      shortlist, [&](const Evidence& evidence) { return IsSameItem(evidence, options); });
  std::vector<float> scores;
  for (const Evidence& evidence : shortlist) {
    const int counted = std::clamp(evidence.inliers, options.inliers_free, options.inliers_full) -
                        options.inliers_free;
    scores.push_back(evidence.score + (speaks ? options.weight * static_cast<float>(counted) : 0));
  }
  return scores;
}

std::vector<std::size_t> FuseOrder(std::span<const Evidence> shortlist,
                                   const FuseOptions& options) {
  const std::vector<float> scores = FuseScores(shortlist, options);
  std::vector<std::size_t> order(shortlist.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t place) { return scores[place]; });
  return order;
}

}  // namespace snapshelf
