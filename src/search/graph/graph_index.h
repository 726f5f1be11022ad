#pragma once

#include <cstddef>
#include <memory>

#include "search/graph/graph_state.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// Vectors of more values are refused: their dot products would leave 32 bits of the codes' sums.
inline constexpr int kGraphDimMax = 2048;

struct GraphOptions {
  int dim = 256;  ///< 1 .. kGraphDimMax; multiples of 16 waste nothing
  Metric metric = Metric::kCosine;
  /// Fewer live vectors than this are searched exactly, without a graph.
  std::size_t graph_rows_min = 0;
  /// Threads that put many new vectors into the graph at once, 0: one for each core. A trickle of
  /// changes takes one.
  int build_threads = 0;
};

/// Walks a graph over 4-bit codes to the nearest vectors: approximate (recall and cost in
/// docs/design/0011-embedded-engine.md), at a cost that hardly grows with their number. Scores are
/// those of the vectors themselves, to the bit as by an exact scan. In memory only.
///
/// A vector can be found as soon as Add returns: those that are not yet in the graph are scanned,
/// while a thread of the index adds them to it. Readers wait for nothing but the copy of a pointer.
/// When most rows are dead, that thread builds a new table and graph aside and switches. Where
/// filters leave so few vectors that a walk costs more than looking at them, or a walk ends with
/// fewer than k hits, every vector is looked at; so k come back whenever k pass, except that hits
/// just above `min_score` may be missed as any others.
class GraphIndex final : public VectorIndex {
 public:
  explicit GraphIndex(const GraphOptions& options);
  ~GraphIndex() override;

  [[nodiscard]] int dim() const override;
  [[nodiscard]] Metric metric() const override;
  [[nodiscard]] IndexStats stats() const override;
  Status Add(std::span<const VectorRecord> records) override;
  Status Remove(std::span<const VectorId> ids) override;
  [[nodiscard]] Result<std::vector<Hit>> Find(std::span<const float> query,
                                              const FindOptions& options) const override;
  /// 64 queries and more are spread over all cores.
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const override;
  Status ForEach(const std::function<void(const VectorRecord&)>& visit) const override;

  // For what makes the index durable (search/embedded).

  /// The index at this moment.
  [[nodiscard]] std::shared_ptr<const GraphState> state() const;
  /// Fills the empty index with a table of sealed rows (see VectorTable::Attach) and, unless it is
  /// null, the graph over all of them. The thread of the index reads its lower planes; where it
  /// cannot, it says why and builds the graph again.
  void Restore(std::shared_ptr<VectorTable> table, RestoredGraph restored);
  /// Lets rows of `table` lie in `chunks` from now on (see VectorTable::Seal), if the index still
  /// has that table.
  void Seal(const VectorTable& table, std::size_t first_chunk,
            std::span<const VectorTable::SealedChunk> chunks);

  /// Rows that are not in the graph yet: scanned by every query, in some 25 ns each.
  [[nodiscard]] std::size_t Backlog() const;
  /// Lets the builder catch up: a writer that is quicker would leave ever more rows to be scanned.
  /// Returns once there are at most `backlog` of them, or 100,000; 1,000 once the index is asked.
  void WaitForBuilder(std::size_t backlog) const;

  /// Returns once lower planes are read, seconds after Restore: a graph may be written then.
  void WaitForLowerPlanes() const;

  /// Scores come from the codes in memory from now on, or from the vectors (as at first): for
  /// vectors that lie in files larger than the memory, where each of some dozen looked at would be
  /// read from the disk. They are off by about 1e-3 then, and recall ends at about .99.
  void ScoreByCodes(bool by_codes);

  /// True from the first query on. Threads in the background step back then (base/step_back.h), so
  /// that answers do not wait for them; an import that nobody asks goes on at full speed.
  [[nodiscard]] bool was_asked() const;

  /// Returns once the thread of the index has nothing to do: for tests and benchmarks.
  void WaitUntilSettled() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
