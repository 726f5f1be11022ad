#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "search/graph/carried_scale.h"
#include "search/graph/codec.h"
#include "search/graph/huge_array.h"

namespace snapshelf {

using Row = std::uint32_t;

/// The arrays of the graph, indexed by row: codes, terms and edges. Each has its own memory,
/// because a walk reads many codes, some edges and few lower planes. Upper planes may carry the
/// scales of their rows (carried_scale.h).
///
/// A row's codes and terms are written once, before the first edge to it is published with release
/// order; whoever found the row by an edge (acquire) may read them. Edges change under readers.
class GraphRows {
 public:
  /// Edges of a row at most. A row is given 28 forward; the rest takes edges back (flat_graph.cpp).
  static constexpr std::size_t kSlots = 32;
  static constexpr Row kRowsMax = Row{1} << 27;

  using Slot = std::atomic<Row>;  ///< row + 1, 0 behind the last edge

  /// Room for kRowsMax rows or, with little address space, for fewer; nothing if not even for
  /// 65,536.
  static std::optional<GraphRows> Reserve(const Codec& codec);

  [[nodiscard]] Row capacity() const { return capacity_; }
  /// The plane for coarse keys, which may carry the scale.
  [[nodiscard]] std::uint8_t* upper(Row row) const { return upper_.data() + row * plane_bytes_; }
  [[nodiscard]] std::uint8_t* lower(Row row) const { return lower_.data() + row * plane_bytes_; }
  [[nodiscard]] CodeTerms& terms(Row row) const { return terms_[row]; }
  [[nodiscard]] Slot* slots(Row row) const { return slots_.data() + std::size_t{row} * kSlots; }

  /// Finishes a row whose planes and terms were put there as Codec::Encode gives them.
  void CarryScale(Row row) const;
  /// The plane as it was encoded: [plane_bytes] at `plane`.
  void CopyUpper(Row row, std::uint8_t* plane) const;

  /// Whether the rows have the same code: the same vector, or one that no code tells from it.
  [[nodiscard]] bool AreCopies(Row a, Row b) const;

  /// Whether upper planes alone give the coarse keys for a query.
  [[nodiscard]] bool PlanesSuffice(const CodeQuery& query) const {
    return carries_scale_ && query.norm_weight == 0;
  }
  /// What coarse keys need of a row beside its dot product.
  [[nodiscard]] CodeTerms CoarseTerms(Row row, bool planes_suffice) const {
    return planes_suffice ? CodeTerms{.scale = UnpackScale(LowBits(upper(row)))} : terms_[row];
  }
  void PrefetchCoarse(Row row, bool planes_suffice) const {
    PrefetchPlane(upper(row));
    if (!planes_suffice) __builtin_prefetch(&terms_[row]);
  }
  /// What makes the finer key out of a coarse one.
  void PrefetchFine(Row row) const {
    PrefetchPlane(lower(row));
    __builtin_prefetch(&terms_[row]);
    if (carries_scale_) __builtin_prefetch(&covered_bits_[row]);
  }
  void PrefetchSlots(Row row) const {
    for (std::size_t i = 0; i < kSlots; i += 64 / sizeof(Slot)) __builtin_prefetch(slots(row) + i);
  }

  /// To be called before row `rows` - 1 is written.
  void GrowTo(Row rows);

  [[nodiscard]] std::size_t bytes_per_row() const {
    return 2 * plane_bytes_ + sizeof(CodeTerms) + (carries_scale_ ? sizeof(std::uint16_t) : 0) +
           kSlots * sizeof(Slot);
  }

 private:
  GraphRows() = default;
  void PrefetchPlane(const std::uint8_t* plane) const {
    for (std::size_t i = 0; i < plane_bytes_; i += 64) __builtin_prefetch(plane + i);
  }

  std::size_t plane_bytes_ = 0;
  bool carries_scale_ = false;
  Row capacity_ = 0;
  Row advised_ = 0;
  HugeArray<std::uint8_t> upper_;
  HugeArray<std::uint8_t> lower_;
  HugeArray<CodeTerms> terms_;
  HugeArray<std::uint16_t> covered_bits_;  // of upper planes, where the scales are
  HugeArray<Slot> slots_;
};

}  // namespace snapshelf
