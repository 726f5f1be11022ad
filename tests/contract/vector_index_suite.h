#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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
  /// Lets an index that grows in the background take in all vectors, so that it is what answers.
  std::function<void(VectorIndex&)> settle;
  /// Deletes what the folder does not hold.
  std::function<void(VectorIndex&)> clear;
  std::string missing;  ///< why it cannot be tested here; empty: it can
};

struct ContractCase {
  Backend backend;
  Metric metric = Metric::kCosine;
};

/// What this program tests: local_backends.cpp and milvus_backends.cpp each give some.
std::vector<ContractCase> AllContractCases();

inline std::string CaseName(const testing::TestParamInfo<ContractCase>& info) {
  const char* const metrics[] = {"Cosine", "InnerProduct", "L2"};
  return info.param.backend.name + metrics[static_cast<int>(info.param.metric)];
}

/// The fixture: an index of `kDim` values in a folder of its own.
class VectorIndexContract : public testing::TestWithParam<ContractCase> {
 protected:
  static constexpr int kDim = 20;  // no multiple of a register, so that kernels meet their tails
  using Vector = std::vector<float>;

  void SetUp() override {
    if (!GetParam().backend.missing.empty()) GTEST_SKIP() << GetParam().backend.missing;
    Open(kDim);
  }
  void TearDown() override {
    if (index_ != nullptr && GetParam().backend.clear) GetParam().backend.clear(*index_);
  }

  void Open(int dim) {
    index_.reset();
    index_ = GetParam().backend.open(dim, GetParam().metric, folder_.path());
    ASSERT_NE(index_, nullptr);
  }

  void Settle() const {
    if (GetParam().backend.settle) GetParam().backend.settle(*index_);
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
