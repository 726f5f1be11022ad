#pragma once

#include <cstddef>

#include "search/vector_table.h"

namespace snapshelf {

/// How many rows to ask of the graph for one Find, or that looking at every row is cheaper.
struct WalkPlan {
  bool scan = false;
  std::size_t rows = 0;      ///< first try
  std::size_t rows_max = 0;  ///< last try, before a scan is cheaper
};

/// Plans a walk over the rows of `view`: from a sample of them it estimates how many pass the
/// filter and are alive.
[[nodiscard]] WalkPlan PlanWalk(const VectorTable::View& view, const FindOptions& options);

}  // namespace snapshelf
