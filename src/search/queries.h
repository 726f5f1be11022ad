#pragma once

#include <span>
#include <vector>

#include "snapshelf/vector_index.h"

namespace snapshelf {

/// Checks `queries` ([count, dim] row-major) as CheckFind does and returns them prepared.
[[nodiscard]] Result<std::vector<float>> PrepareQueries(const VectorIndex& index,
                                                        std::span<const float> queries,
                                                        const FindOptions& options);

/// Find by way of FindBatch: one query gives the same answer alone and in a batch.
[[nodiscard]] Result<std::vector<Hit>> FindOne(const VectorIndex& index,
                                               std::span<const float> query,
                                               const FindOptions& options);

}  // namespace snapshelf
