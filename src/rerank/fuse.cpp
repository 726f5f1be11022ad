#include "rerank/fuse.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace snapshelf {

float FusedScore(const Evidence& evidence, const FuseOptions& options) {
  const int counted = std::clamp(evidence.inliers, options.inliers_free, options.inliers_full) -
                      options.inliers_free;
  return evidence.score + options.weight * static_cast<float>(counted);
}

std::vector<std::size_t> FuseOrder(std::span<const Evidence> shortlist,
                                   const FuseOptions& options) {
  std::vector<std::size_t> order(shortlist.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t place) {
    return FusedScore(shortlist[place], options);
  });
  return order;
}

bool IsSameItem(const Evidence& evidence, const FuseOptions& options) {
  return evidence.inliers >= options.same_item;
}

}  // namespace snapshelf
