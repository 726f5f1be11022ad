#include "search/embedded/make_index.h"

#include "search/exact/exact_index.h"
#include "search/hnsw/hnsw_index.h"

namespace snapshelf {
namespace {

// Up to here a scan takes about a millisecond and is exact; a walk is quicker from some 10,000
// vectors on, but each insertion costs 0.4 to 0.6 ms of a core
// (docs/design/0002-vector-index.md).
constexpr std::size_t kGraphRowsMin = 20'000;

}  // namespace

std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric) {
  if (kind == IndexKind::kExact) return std::make_unique<ExactIndex>(dim, metric);
  return std::make_unique<HnswIndex>(
      HnswOptions{.dim = dim,
                  .metric = metric,
                  .graph_rows_min = kind == IndexKind::kAuto ? kGraphRowsMin : 0});
}

}  // namespace snapshelf
