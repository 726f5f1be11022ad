#include "search/embedded/make_index.h"

#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

// Up to here a scan takes about a millisecond and is exact: a walk is quicker from a few thousand
// vectors on, but saves less than the models take (docs/design/0002-vector-index.md).
constexpr std::size_t kGraphRowsMin = 20'000;

}  // namespace

std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric) {
  if (kind == IndexKind::kExact) return std::make_unique<ExactIndex>(dim, metric);
  return std::make_unique<GraphIndex>(
      GraphOptions{.dim = dim,
                   .metric = metric,
                   .graph_rows_min = kind == IndexKind::kAuto ? kGraphRowsMin : 0});
}

}  // namespace snapshelf
