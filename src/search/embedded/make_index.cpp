#include "search/embedded/make_index.h"

#include "search/exact/exact_index.h"

namespace snapshelf {

std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric) {
  static_cast<void>(kind);
  return std::make_unique<ExactIndex>(dim, metric);
}

}  // namespace snapshelf
