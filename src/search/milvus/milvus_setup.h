#pragma once

#include <string>
#include <vector>

#include "search/milvus/milvus_client.h"
#include "search/milvus/milvus_options.h"

namespace snapshelf {

/// Sees to the collection of `options`: makes it if there is none, checks that it is ours and of
/// the same dim, metric and model, makes its index, loads it. Several processes may do so at a
/// time, and one that was cut off is gone on with. errors: those of MilvusIndex.
Status SetUpCollection(MilvusClient& client, const MilvusOptions& options);

/// Which of `types` the server can build, tried out on a collection of its own, which is deleted.
[[nodiscard]] Result<std::vector<MilvusIndexType>> ProbeIndexTypes(
    MilvusClient& client, std::span<const MilvusIndexType> types);

}  // namespace snapshelf
