#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "search/vector_table.h"

namespace snapshelf {

/// hnswlib's graph over rows of a VectorTable. It holds pointers to the rows instead of copies: its
/// distances are those of the exact scan, to the bit, and a vector is in memory once.
///
/// threads: Nearest may run concurrently with itself, Insert needs exclusive use. hnswlib's
/// exceptions (out of memory, a broken graph) end the program: neither can be handled.
class HnswGraph {
 public:
  HnswGraph(int dim, Metric metric);
  ~HnswGraph();

  /// Adds the row, which `view` holds; costs about `kBuildWindow` * 20 distances.
  void Insert(const VectorTable::View& view, std::size_t row);

  /// About the `count` nearest rows to `query` (prepared, [dim]), in no order; deleted rows come
  /// too. The larger `count`, the likelier that the first of them are the true ones.
  [[nodiscard]] std::vector<std::size_t> Nearest(const float* query, std::size_t count) const;

  [[nodiscard]] std::size_t size() const;
  /// Bytes besides the vectors.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
