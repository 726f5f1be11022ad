#include "cli/open_vectors.h"

#include <fmt/format.h>

#include "embed/embedder.h"
#include "search/milvus/milvus_index.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

/// The names were checked when the file was read.
Result<MilvusOptions> OptionsOf(const MilvusSettings& settings, int generation) {
  const auto type = MilvusIndexTypeOf(settings.index);
  if (!type) return std::unexpected(type.error());
  const auto consistency = MilvusConsistencyOf(settings.consistency);
  if (!consistency) return std::unexpected(consistency.error());
  MilvusOptions options{.endpoints = settings.endpoints,
                        .user = settings.user,
                        .password = settings.password,
                        .ca_file = settings.ca_file,
                        .database = settings.database,
                        .collection = fmt::format("{}_{}", settings.collection, generation),
                        .dim = kEmbeddingDim,
                        .metric = Metric::kCosine,
                        .consistency = *consistency,
                        .replicas = settings.replicas,
                        .attempt_ms = settings.attempt_ms,
                        .deadline_ms = settings.deadline_ms,
                        .setup_deadline_ms = settings.setup_deadline_ms};
  options.index.type = *type;
  return options;
}

}  // namespace

Result<std::unique_ptr<VectorIndex>> OpenVectors(const Config& config, const Generation& generation,
                                                 const std::filesystem::path& folder,
                                                 const EmbeddedOptions& embedded,
                                                 Metrics& metrics) {
  if (config.vectors == Config::Vectors::kMilvus) {
    auto options = OptionsOf(config.milvus, generation.number);
    if (!options) return std::unexpected(std::move(options).error());
    options->model_id = generation.embedder.id;
    options->metrics = &metrics;
    auto index = MilvusIndex::Open(*options);
    if (!index) return std::unexpected(std::move(index).error());
    return std::move(*index);
  }
  auto index = EmbeddedIndex::Open(PosixFileSystem(), folder, embedded);
  if (!index) return std::unexpected(std::move(index).error());
  return std::move(*index);
}

Status DropMilvusVectors(const MilvusSettings& settings, int generation) {
  const auto options = OptionsOf(settings, generation);
  if (!options) return std::unexpected(options.error());
  const auto index = MilvusIndex::Connect(*options);
  if (!index) return std::unexpected(index.error());
  return (*index)->Drop();
}

}  // namespace snapshelf
