#pragma once

#include <memory>

#include "snapshelf/vector_index.h"

namespace snapshelf {

/// Looks at every vector: the true nearest ones, at a cost that grows with their number (figures in
/// docs/design/0002-vector-index.md). In memory only. Readers never wait for writers.
class ExactIndex final : public VectorIndex {
 public:
  ExactIndex(int dim, Metric metric);
  ~ExactIndex() override;

  [[nodiscard]] int dim() const override;
  [[nodiscard]] Metric metric() const override;
  [[nodiscard]] IndexStats stats() const override;
  Status Add(std::span<const VectorRecord> records) override;
  Status Remove(std::span<const VectorId> ids) override;
  [[nodiscard]] Result<std::vector<Hit>> Find(std::span<const float> query,
                                              const FindOptions& options) const override;
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const override;
  Status ForEach(const std::function<void(const VectorRecord&)>& visit) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
