#include "search/embedded/make_index.h"

#include "search/exact/exact_index.h"
#include "search/hnsw/hnsw_index.h"

namespace snapshelf {
namespace {

// Up to here a scan takes 2.5 ms and is exact; a walk is quicker from some 5,000 vectors on, but
// what it saves is little beside the models, and each insertion costs 0.4 ms of a core
// (docs/design/0002-vector-index.md).
constexpr std::size_t kGraphRowsMin = 50'000;

}  // namespace

std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric) {
  if (kind == IndexKind::kExact) return std::make_unique<ExactIndex>(dim, metric);
  return std::make_unique<HnswIndex>(
      HnswOptions{.dim = dim,
                  .metric = metric,
                  .graph_rows_min = kind == IndexKind::kAuto ? kGraphRowsMin : 0});
}

}  // namespace snapshelf
