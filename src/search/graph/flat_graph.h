#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "search/graph/codec.h"
#include "search/graph/entry_points.h"
#include "search/graph/graph_rows.h"
#include "search/graph/walk.h"

namespace snapshelf {

/// A graph of one layer over coded vectors, in which near rows are linked so that a walk along the
/// edges ends at the rows nearest to a query: DiskANN's (Subramanya et al., NeurIPS 2019) with
/// alpha 1.0, which is HNSW's choice of neighbours (Malkov and Yashunin 2018, algorithm 4).
///
/// threads: Insert may run in several threads, for different rows; Find in any number, and never
/// waits. RefreshEntries needs that no Insert runs. A row is found once the Insert that made it has
/// returned.
class FlatGraph {
 public:
  /// Null if there is no address space for it.
  static std::unique_ptr<FlatGraph> Create(Codec codec);

  /// Room for row numbers below it.
  [[nodiscard]] Row capacity() const { return rows_.capacity(); }

  /// To be called by one thread before rows below `rows` are inserted.
  void GrowTo(Row rows) { rows_.GrowTo(rows); }

  /// Adds the row, whose vector is `values` ([dim], prepared). Costs some 1,500 distances, and more
  /// beyond a million rows.
  void Insert(Row row, const float* values);

  /// Chooses new places to start from among the rows below `rows`, if those are many more than last
  /// time. Before has_entries() only one row may be inserted.
  void RefreshEntries(Row rows, const std::function<GroupId(Row)>& group_of);
  [[nodiscard]] bool has_entries() const { return Entries() != nullptr; }

  /// Takes the rows below `rows` for inserted: their codes, terms and edges were put into the
  /// arrays of rows() by another way. To be called once, before all else.
  void Adopt(Row rows, const std::function<GroupId(Row)>& group_of);

  /// Leaves in `walk` the rows nearest to the query, by upper planes.
  void Find(const CodeQuery& query, const WalkReach& reach, GraphWalk& walk,
            const WalkFilter* filter = nullptr) const;

  [[nodiscard]] const Codec& codec() const { return codec_; }
  [[nodiscard]] const GraphRows& rows() const { return rows_; }
  /// Bytes for `rows` rows.
  [[nodiscard]] std::size_t memory_bytes(Row rows) const;

 private:
  static constexpr std::size_t kLocks = 4096;  // of writers; a row's edges are behind one of them

  struct Scratch;
  [[nodiscard]] std::shared_ptr<const EntryPoints> Entries() const;
  FlatGraph(Codec codec, GraphRows rows) : codec_(std::move(codec)), rows_(std::move(rows)) {}

  /// Which lock copies of one vector have in common.
  static std::size_t CopyLock(const CodeTerms& terms);
  void LinkForward(Row row, std::span<const Candidate> nearest, Scratch& scratch);
  void JoinRing(Row row, Row copy, Scratch& scratch);
  void LinkBack(Row from, Row to, Scratch& scratch);
  void AddEdge(Row from, Row to, Scratch& scratch);
  void Reprune(Row from, Row to, Scratch& scratch);
  void Prune(Row row, std::span<const Candidate> nearest, Scratch& scratch) const;

  Codec codec_;
  GraphRows rows_;
  std::array<std::mutex, kLocks> locks_;
  std::array<std::mutex, kLocks> copy_locks_;  // held while a row is inserted, by its length
  std::optional<Row> first_row_;               // inserted before there were entries
  Row entries_of_rows_ = 0;
  mutable std::mutex entries_mutex_;  // held for the copy of a pointer
  std::shared_ptr<const EntryPoints> entries_;
};

}  // namespace snapshelf
