#pragma once

#include <cstddef>

#include "search/graph/walk.h"
#include "search/vector_table.h"

namespace snapshelf {

/// How to answer one Find: by a walk, or by looking at the code of every row that passes because
/// that is cheaper.
struct WalkPlan {
  bool scan = false;
  std::size_t window = 0;          ///< candidates of the first walk
  std::size_t window_max = 0;      ///< of the last, before a scan is cheaper
  std::size_t kept = 0;            ///< passing rows kept while filtered rows are walked through
  bool walks_lose_crowds = false;  ///< scan where a walk with a filter was cut off
  /// Of the first walk, where rows have distances. Without a filter its window is wider than
  /// `window`, and seldom filled.
  WalkReach reach;
};

/// Plans a walk over the rows of `view`: from a sample of them it estimates how many pass the
/// filter and are alive.
[[nodiscard]] WalkPlan PlanWalk(const VectorTable::View& view, const FindOptions& options);

/// The reach of a walk that is `times` as thorough as the first.
[[nodiscard]] WalkReach Widened(const WalkReach& reach, std::size_t times);

}  // namespace snapshelf
