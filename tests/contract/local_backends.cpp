// The indexes of this process under the contract of VectorIndex.

#include "search/embedded/embedded_index.h"
#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"
#include "vector_index_suite.h"

namespace snapshelf {
namespace {

std::unique_ptr<VectorIndex> OpenEmbedded(IndexKind kind, int dim, Metric metric,
                                          const std::filesystem::path& folder) {
  auto opened =
      EmbeddedIndex::Open(PosixFileSystem(), folder / "vectors" / "1",
                          {.dim = dim, .metric = metric, .kind = kind, .model_id = "contract"});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

template <class Index>
void Settle(VectorIndex& index) {
  dynamic_cast<Index&>(index).WaitUntilSettled();
}

}  // namespace

std::vector<ContractCase> AllContractCases() {
  const Backend backends[] = {
      {.name = "Exact",
       .open = [](int dim, Metric metric, auto&) -> std::unique_ptr<VectorIndex> {
         return std::make_unique<ExactIndex>(dim, metric);
       }},
      {.name = "Graph",
       .approximate = true,
       .open = [](int dim, Metric metric, auto&) -> std::unique_ptr<VectorIndex> {
         return std::make_unique<GraphIndex>(GraphOptions{.dim = dim, .metric = metric});
       },
       .settle = Settle<GraphIndex>},
      {.name = "EmbeddedExact",
       .durable = true,
       .open = [](int dim, Metric metric, auto& folder) -> std::unique_ptr<VectorIndex> {
         return OpenEmbedded(IndexKind::kExact, dim, metric, folder);
       },
       .settle = Settle<EmbeddedIndex>},
      {.name = "EmbeddedGraph",
       .approximate = true,
       .durable = true,
       .open = [](int dim, Metric metric, auto& folder) -> std::unique_ptr<VectorIndex> {
         return OpenEmbedded(IndexKind::kGraph, dim, metric, folder);
       },
       .settle = Settle<EmbeddedIndex>},
  };
  std::vector<ContractCase> cases;
  for (const Backend& backend : backends)
    for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2})
      cases.push_back({.backend = backend, .metric = metric});
  return cases;
}

}  // namespace snapshelf
