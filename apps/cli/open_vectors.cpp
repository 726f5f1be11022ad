#include "cli/open_vectors.h"

#include <fmt/format.h>

#include "embed/embedder.h"
#include "search/milvus/milvus_index.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

/// The settings, for the collection of a generation.
MilvusOptions OptionsOf(const MilvusOptions& settings, int generation) {
  MilvusOptions options = settings;
  options.collection = fmt::format("{}_{}", settings.collection, generation);
  options.dim = kEmbeddingDim;
  options.metric = Metric::kCosine;
  return options;
}

}  // namespace

Result<std::unique_ptr<VectorIndex>> OpenVectors(const Config& config, const Generation& generation,
                                                 const std::filesystem::path& folder,
                                                 const EmbeddedOptions& embedded,
                                                 Metrics& metrics) {
  if (config.vectors == Config::Vectors::kMilvus) {
    MilvusOptions options = OptionsOf(config.milvus, generation.number);
    options.model_id = generation.embedder.id;
    options.metrics = &metrics;
    auto index = MilvusIndex::Open(options);
    if (!index) return std::unexpected(std::move(index).error());
    return std::move(*index);
  }
  auto index = EmbeddedIndex::Open(PosixFileSystem(), folder, embedded);
  if (!index) return std::unexpected(std::move(index).error());
  return std::move(*index);
}

Status DropMilvusVectors(const MilvusOptions& settings, int generation) {
  const auto index = MilvusIndex::Connect(OptionsOf(settings, generation));
  if (!index) return std::unexpected(index.error());
  return (*index)->Drop();
}

}  // namespace snapshelf
