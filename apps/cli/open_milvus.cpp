#include "cli/open_milvus.h"

#include <fmt/format.h>

#include "embed/embedder.h"
#include "search/milvus/milvus_index.h"

namespace snapshelf {

Result<std::unique_ptr<VectorIndex>> OpenMilvus(const MilvusOptions& server,
                                                const Generation& generation) {
  MilvusOptions options = server;
  options.collection = fmt::format("{}_{}", server.collection, generation.number);
  options.dim = kEmbeddingDim;
  options.metric = Metric::kCosine;
  options.model_id = generation.embedder.id;
  auto index = MilvusIndex::Connect(options);
  if (!index) return std::unexpected(std::move(index).error());
  return std::move(*index);
}

}  // namespace snapshelf
