#pragma once

#include <cstdint>
#include <memory>

#include "snapshelf/vector_index.h"

namespace snapshelf {

enum class IndexKind : std::uint8_t {
  kAuto,   ///< exact while that is quicker, a graph above (docs/design/0011-embedded-engine.md)
  kExact,  ///< every vector is looked at
  kGraph,  ///< a graph from the first vector on
};

/// An empty index in memory.
[[nodiscard]] std::unique_ptr<VectorIndex> MakeIndex(IndexKind kind, int dim, Metric metric);

}  // namespace snapshelf
