#pragma once

#include <filesystem>
#include <memory>

#include "base/metrics.h"
#include "cli/config.h"
#include "cli/generation.h"
#include "search/embedded/embedded_index.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The vectors of a generation: those of the embedded engine lie in `folder`, those of Milvus in a
/// collection of the configured name and the generation's number. The one place that knows which
/// index is behind. `metrics` outlives the index.
///
/// errors: those of the index; kUnavailable while Milvus does not answer.
[[nodiscard]] Result<std::unique_ptr<VectorIndex>> OpenVectors(const Config& config,
                                                               const Generation& generation,
                                                               const std::filesystem::path& folder,
                                                               const EmbeddedOptions& embedded,
                                                               Metrics& metrics);

/// Deletes the collection of that generation, if there is one.
Status DropMilvusVectors(const MilvusOptions& settings, int generation);

}  // namespace snapshelf
