#pragma once

#include <cstdint>
#include <memory>

#include "snapshelf/vector_index.h"

namespace snapshelf {

enum class IndexKind : std::uint8_t {
  kAuto,   ///< exact while that is quicker, a graph above (docs/design/0002-vector-index.md)
  kExact,  ///< every vector is looked at
  kHnsw,   ///< a graph from the first vector on
};

/// An empty index in memory.
[[nodiscard]] std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric);

}  // namespace snapshelf
