// A real Milvus server under the contract of VectorIndex.

#include <algorithm>

#include "milvus/milvus_server.h"
#include "search/milvus/milvus_index.h"
#include "vector_index_suite.h"

namespace snapshelf {
namespace {

/// Each test's collection has the name of its folder.
std::unique_ptr<VectorIndex> OpenMilvus(MilvusIndexType type, int partitions, int dim,
                                        Metric metric, const std::filesystem::path& folder) {
  MilvusOptions options = SharedMilvusOptions();
  options.collection = folder.filename();
  std::ranges::replace(options.collection, '-', '_');
  options.dim = dim;
  options.metric = metric;
  options.model_id = "contract";
  options.index.type = type;
  options.partitions = partitions;
  auto opened = MilvusIndex::Open(options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

void Settle(VectorIndex& index) {
  const Status status = dynamic_cast<MilvusIndex&>(index).Settle();
  EXPECT_TRUE(status) << status.error().message;
}

void Clear(VectorIndex& index) {
  EXPECT_TRUE(dynamic_cast<MilvusIndex&>(index).Drop());
}

Backend MilvusBackend(const char* name, MilvusIndexType type, int partitions) {
  return {.name = name,
          .durable = true,
          .open = [type, partitions](
                      int dim, Metric metric,
                      auto& folder) { return OpenMilvus(type, partitions, dim, metric, folder); },
          .settle = {},
          .clear = Clear,
          .missing = MissingMilvus()};
}

}  // namespace

std::vector<ContractCase> AllContractCases() {
  // Two metrics in growing segments, where answers are exact, one of them in partitions; one
  // settled, in sealed segments with a graph.
  Backend graph = MilvusBackend("MilvusHnsw", MilvusIndexType::kHnsw, 1);
  graph.approximate = true;
  graph.settle = Settle;
  const Backend flat = MilvusBackend("MilvusFlat", MilvusIndexType::kFlat, 1);
  const Backend parts = MilvusBackend("MilvusPartitions", MilvusIndexType::kFlat, 4);
  return {{.backend = graph, .metric = Metric::kCosine},
          {.backend = flat, .metric = Metric::kInnerProduct},
          {.backend = parts, .metric = Metric::kL2}};
}

}  // namespace snapshelf
