#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "search/graph/codec.h"
#include "search/graph/entry_points.h"
#include "search/graph/graph_rows.h"

namespace snapshelf {

/// A row and its key; the smaller, the nearer. Eight bytes, because a pool moves many of them.
struct Candidate {
  float key = 0;
  Row row = 0;
};

/// The rows that a walk has seen: an open-addressing set that grows. Keeps its memory.
class VisitedRows {
 public:
  VisitedRows();
  void Clear();
  /// False if the row was in it.
  bool Insert(Row row);

 private:
  void Grow();
  std::vector<Row> slots_;  // row + 1, 0 empty; a power of two
  std::size_t size_ = 0;
};

/// The best candidates so far, ascending by key, at most `capacity`.
class Pool {
 public:
  /// Set in the row of a candidate whose edges were followed.
  static constexpr Row kExpanded = Row{1} << 31;
  static constexpr std::size_t kAllCopies = std::numeric_limits<std::size_t>::max();

  /// Of candidates with one key, which hold one vector, `copies` are kept at most.
  void Reset(std::size_t capacity, std::size_t copies = kAllCopies);
  /// The place where the candidate went, or `capacity` if it is too far.
  std::size_t Offer(float key, Row row);
  [[nodiscard]] bool WouldTake(float key) const {
    return candidates_.size() < capacity_ || (capacity_ > 0 && key < candidates_.back().key);
  }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::vector<Candidate>& candidates() { return candidates_; }
  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  std::size_t capacity_ = 0;
  std::size_t copies_ = kAllCopies;
  std::vector<Candidate> candidates_;
};

/// Which rows may be answered; the walk goes through the others all the same.
struct WalkFilter {
  std::function<bool(Row)> row_passes;
  const GroupFilter& group_passes;
  std::size_t kept = 0;  ///< the nearest that pass, of all that are met
};

/// When a walk ends: when it has followed the edges of all candidates in its window. With a
/// stretch also when the nearest candidate left is farther than `stretch2`, squared, times the
/// distance of the `nearest`-th, with a filter of those that pass: few steps where few rows are
/// near, many where they lie densely (distance adaptive beam search, Al-Jazzazi, Diwan, Gou, Musco,
/// Musco and Suel 2025).
struct WalkReach {
  std::size_t window = 0;                 ///< candidates kept at most
  std::size_t least = 0;                  ///< followed however far they are
  std::size_t nearest = 1;                ///< as many as are wanted
  float stretch2 = 0;                     ///< 0: the window alone counts
  std::size_t copies = Pool::kAllCopies;  ///< with the same vector that are kept at most
};

/// Walks a graph to the rows with the smallest coarse keys (best-first search of a pool, as in
/// HNSW's lowest layer, Malkov and Yashunin 2018, and DiskANN's GreedySearch, Subramanya et al.
/// 2019; two rows are expanded at a time so that memory is asked for early).
///
/// Belongs to one thread and keeps its memory between walks.
class GraphWalk {
 public:
  /// Fills found() with the nearest rows that a walk of `reach` met. With a filter, passing() has
  /// the nearest `kept` rows that it let pass among all that were met; their edges are
  /// followed too, so that a walk that met a category goes on in it (two queues as in filtered
  /// DiskANN's greedy search, Gollapudi et al., WWW 2023, without labels in the graph).
  void Run(const Codec& codec, const GraphRows& rows, const EntryPoints& entries,
           const CodeQuery& query, const WalkReach& reach, const WalkFilter* filter = nullptr);

  /// Whether more rows that pass were within the reach than are kept: it ended in a crowd. False
  /// without a stretch.
  [[nodiscard]] bool WasCutOff() const { return was_cut_off_; }

  /// Whether copies of one vector took half of the window or more: others of them may not have been
  /// met.
  [[nodiscard]] bool EndedAmongCopies() const { return ended_among_copies_; }

  /// Empties found() and passing().
  void Forget();

  [[nodiscard]] std::vector<Candidate>& found() { return found_.pool.candidates(); }
  [[nodiscard]] std::vector<Candidate>& passing() { return passing_.pool.candidates(); }

 private:
  /// A pool, and how far the edges of its candidates were followed.
  struct Front {
    Pool pool;
    std::size_t next = 0;  // all before it were followed
    void Reset(std::size_t capacity, std::size_t copies = Pool::kAllCopies);
    bool Offer(float key, Row row);
  };

  bool FollowNext(const GraphRows& rows, Front& front);
  void OfferFound(const GraphRows& rows, Candidate candidate);
  void SetFarthest(const CodeQuery& query, const Pool& wanted);
  void DropFarther(Pool& wanted) const;
  void ScoreGathered(const Codec& codec, const GraphRows& rows, const CodeQuery& query,
                     const WalkFilter* filter);

  VisitedRows visited_;
  Front found_;
  Front passing_;
  WalkReach reach_;
  float farthest_key_ = 0;  // of what is still followed
  bool was_cut_off_ = false;
  bool ended_among_copies_ = false;
  bool planes_suffice_ = false;  // GraphRows::PlanesSuffice
  std::vector<Row> gathered_;
  std::vector<std::int32_t> dots_;
  std::vector<Candidate> entries_;
};

}  // namespace snapshelf
