#pragma once

#include <filesystem>
#include <memory>

#include "cli/config.h"
#include "cli/generation.h"
#include "search/embedded/embedded_index.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The vectors of a generation: those of the embedded engine lie in `folder`. The one place that
/// knows which index is behind.
///
/// errors: those of the index; kUnimplemented for one that this program was built without.
[[nodiscard]] Result<std::unique_ptr<VectorIndex>> OpenVectors(const Config& config,
                                                               const Generation& generation,
                                                               const std::filesystem::path& folder,
                                                               const EmbeddedOptions& embedded);

}  // namespace snapshelf
