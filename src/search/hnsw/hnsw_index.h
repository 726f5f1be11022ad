#pragma once

#include <cstddef>
#include <memory>

#include "snapshelf/vector_index.h"

namespace snapshelf {

struct HnswOptions {
  int dim = 256;
  Metric metric = Metric::kCosine;
  /// Fewer live vectors than this are searched exactly, without a graph.
  std::size_t graph_rows_min = 0;
};

/// Walks a graph to the nearest vectors: approximate (recall in docs/design/0002-vector-index.md),
/// at a cost that hardly grows with their number. In memory only.
///
/// A vector can be found as soon as Add returns: those that are not yet in the graph are scanned,
/// while a thread of the index adds them to it. When most rows are dead, that thread builds a new
/// table and graph aside and switches. Where filters leave so few vectors that a walk costs more
/// than looking at them, or a walk ends with fewer than k hits, every vector is looked at; so k
/// come back whenever k pass, except that hits just above `min_score` may be missed as any others.
class HnswIndex final : public VectorIndex {
 public:
  explicit HnswIndex(const HnswOptions& options);
  ~HnswIndex() override;

  [[nodiscard]] int dim() const override;
  [[nodiscard]] Metric metric() const override;
  [[nodiscard]] IndexStats stats() const override;
  Status Add(std::span<const VectorRecord> records) override;
  Status Remove(std::span<const VectorId> ids) override;
  [[nodiscard]] Result<std::vector<Hit>> Find(std::span<const float> query,
                                              const FindOptions& options) const override;
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const override;
  void ForEach(const std::function<void(const VectorRecord&)>& visit) const override;

  /// Returns once the thread of the index has nothing to do: for tests and benchmarks.
  void WaitUntilSettled() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
