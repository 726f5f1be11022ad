#pragma once

#include <memory>

#include "cli/generation.h"
#include "search/milvus/milvus_options.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The vectors of a generation in Milvus: the collection is `server.collection` and the
/// generation's number, for vectors of its embedder. Does not call the server yet: a shop starts
/// without it, and answers as soon as it is there (MilvusIndex::Connect). errors: kInvalidArgument
/// if the options make no sense.
[[nodiscard]] Result<std::unique_ptr<VectorIndex>> OpenMilvus(const MilvusOptions& server,
                                                              const Generation& generation);

}  // namespace snapshelf
