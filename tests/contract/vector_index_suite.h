#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "search/embedded/embedded_index.h"
#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// A folder that is removed with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "snapshelf-contract-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One implementation of VectorIndex under test.
struct Backend {
  std::string name;
  bool approximate = false;
  bool durable = false;  ///< opening the same folder again gives the same vectors
  std::function<std::unique_ptr<VectorIndex>(int dim, Metric metric,
                                             const std::filesystem::path& folder)>
      open;
};

struct ContractCase {
  Backend backend;
  Metric metric = Metric::kCosine;
};

inline std::unique_ptr<VectorIndex> OpenEmbedded(IndexKind kind, int dim, Metric metric,
                                                 const std::filesystem::path& folder) {
  auto opened =
      EmbeddedIndex::Open(PosixFileSystem(), folder / "vectors" / "1",
                          {.dim = dim, .metric = metric, .kind = kind, .model_id = "contract"});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

inline std::vector<ContractCase> AllContractCases() {
  const Backend backends[] = {
      {.name = "Exact",
       .open = [](int dim, Metric metric, auto&) -> std::unique_ptr<VectorIndex> {
         return std::make_unique<ExactIndex>(dim, metric);
       }},
      {.name = "Graph",
       .approximate = true,
       .open = [](int dim, Metric metric, auto&) -> std::unique_ptr<VectorIndex> {
         return std::make_unique<GraphIndex>(GraphOptions{.dim = dim, .metric = metric});
       }},
      {.name = "EmbeddedExact",
       .durable = true,
       .open = [](int dim, Metric metric, auto& folder) -> std::unique_ptr<VectorIndex> {
         return OpenEmbedded(IndexKind::kExact, dim, metric, folder);
       }},
      {.name = "EmbeddedGraph",
       .approximate = true,
       .durable = true,
       .open = [](int dim, Metric metric, auto& folder) -> std::unique_ptr<VectorIndex> {
         return OpenEmbedded(IndexKind::kGraph, dim, metric, folder);
       }},
  };
  std::vector<ContractCase> cases;
  for (const Backend& backend : backends)
    for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2})
      cases.push_back({.backend = backend, .metric = metric});
  return cases;
}

inline std::string CaseName(const testing::TestParamInfo<ContractCase>& info) {
  const char* const metrics[] = {"Cosine", "InnerProduct", "L2"};
  return info.param.backend.name + metrics[static_cast<int>(info.param.metric)];
}

/// The fixture: an index of `kDim` values in a folder of its own.
class VectorIndexContract : public testing::TestWithParam<ContractCase> {
 protected:
  static constexpr int kDim = 20;  // no multiple of a register, so that kernels meet their tails
  using Vector = std::vector<float>;

  VectorIndexContract() { Open(kDim); }

  void Open(int dim) {
    index_.reset();
    index_ = GetParam().backend.open(dim, GetParam().metric, folder_.path());
    ASSERT_NE(index_, nullptr);
  }

  /// Lets a graph that grows in the background take in all vectors, so that it is what answers.
  void Settle() const {
    if (const auto* graph = dynamic_cast<const GraphIndex*>(index_.get()))
      graph->WaitUntilSettled();
    if (const auto* embedded = dynamic_cast<const EmbeddedIndex*>(index_.get()))
      embedded->WaitUntilSettled();
  }

  void Add(VectorId id, GroupId group, const Vector& values) {
    const VectorRecord record{.id = id, .group = group, .values = values};
    const Status status = index_->Add(std::span(&record, 1));
    ASSERT_TRUE(status) << status.error().message;
  }

  void Remove(std::vector<VectorId> ids) {
    const Status status = index_->Remove(ids);
    ASSERT_TRUE(status) << status.error().message;
  }

  [[nodiscard]] std::vector<Hit> Find(const Vector& query, const FindOptions& options) const {
    const auto hits = index_->Find(query, options);
    EXPECT_TRUE(hits) << hits.error().message;
    return hits.value_or(std::vector<Hit>{});
  }

  TemporaryFolder folder_;
  std::unique_ptr<VectorIndex> index_;
};

/// `first`, then zeros.
inline std::vector<float> Padded(std::vector<float> first, int dim) {
  first.resize(static_cast<std::size_t>(dim));
  return first;
}

inline std::vector<VectorId> IdsOf(const std::vector<Hit>& hits) {
  std::vector<VectorId> ids;
  for (const Hit& hit : hits) ids.push_back(hit.id);
  return ids;
}

}  // namespace snapshelf
