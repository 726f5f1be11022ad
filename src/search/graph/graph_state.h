#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

#include "search/graph/flat_graph.h"
#include "search/vector_table.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A graph that was read from a file, but for its lower planes: a walk does without them.
struct RestoredGraph {
  std::unique_ptr<FlatGraph> graph;
  std::size_t trained_rows = 0;
  /// Reads them; returns early, with any error, when asked to stop.
  std::function<Status(const std::stop_token&)> read_lower_planes;
};

/// A table, and the graph over the first rows of it.
///
/// threads: readers load `covered` and then `graph`; one thread calls the rest.
class GraphState {
 public:
  explicit GraphState(std::shared_ptr<VectorTable> rows) : table(std::move(rows)) {}

  const std::shared_ptr<VectorTable> table;

  /// Null before the first row is covered.
  [[nodiscard]] const FlatGraph* graph() const { return graph_.load(std::memory_order_acquire); }
  /// Live rows below are in the graph.
  [[nodiscard]] std::size_t covered() const { return covered_.load(std::memory_order_acquire); }

  /// Takes over a graph over the first `rows` rows. Before anything else.
  void Restore(RestoredGraph restored, std::size_t rows);

  /// False until ReadLowerPlanes after a Restore: only upper planes may be looked at.
  [[nodiscard]] bool has_lower_planes() const {
    return has_lower_planes_.load(std::memory_order_acquire);
  }
  /// To be called before Cover. After an error the graph is of no use.
  Status ReadLowerPlanes(const std::stop_token& stop);

  [[nodiscard]] std::size_t trained_rows() const { return trained_rows_; }

  /// Takes the rows of `view` into the graph, in up to `threads` threads that the calling one
  /// starts after each call of `between`, twenty times a second or so; returns early when asked to
  /// stop, and without progress when there is no address space for a graph or all of it is full.
  void Cover(const VectorTable::View& view, int threads, const std::function<void()>& between,
             const std::stop_token& stop);

  /// True if there is nothing that Cover could do.
  [[nodiscard]] bool Covers(const VectorTable::View& view) const;

  /// True when there are so many more rows than the codes' mean was taken from that a new graph
  /// should be built.
  [[nodiscard]] bool IsTrainedOnFew(const VectorTable::View& view) const;

 private:
  bool CreateGraph(const VectorTable::View& view);

  std::unique_ptr<FlatGraph> owned_graph_;
  std::atomic<const FlatGraph*> graph_ = nullptr;
  std::atomic<std::size_t> covered_ = 0;
  std::atomic<std::size_t> trained_rows_ = 0;
  std::function<Status(const std::stop_token&)> read_lower_planes_;
  std::atomic<bool> has_lower_planes_ = true;
  bool full_ = false;
};

}  // namespace snapshelf
