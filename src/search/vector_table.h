#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "search/row_index.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// Prepared vectors in memory, in the order in which they came: the part that all indexes share.
///
/// A row never changes after it was written: replacing a vector appends a row and marks the old one
/// dead. Each change has a version, and a row is seen by the views between its birth and its death,
/// so readers hold no lock, and every batch appears to them whole.
///
/// threads: View may be called at any time; Add and Remove by one thread at a time.
class VectorTable {
 public:
  static constexpr std::size_t kChunkRows = 4096;  // 4 MiB at 256 floats: nothing is moved to grow
  static constexpr std::uint64_t kAlive = ~std::uint64_t{0};

  /// Rows that lie elsewhere and never change, in a mapped file say.
  struct SealedChunk {
    const float* values = nullptr;      ///< [kChunkRows, stride], 64-byte aligned
    const VectorId* ids = nullptr;      ///< [kChunkRows]
    const GroupId* groups = nullptr;    ///< [kChunkRows]
    std::shared_ptr<const void> owner;  ///< of all these
  };

  struct Chunk {
    explicit Chunk(std::size_t stride);
    explicit Chunk(const SealedChunk& sealed);

    const float* values;
    const VectorId* ids;
    const GroupId* groups;
    std::vector<std::atomic<std::uint64_t>> died;  // first version that does not see the row
    std::shared_ptr<const void> sealed_owner;      // null: the rows are here
    std::unique_ptr<float[], void (*)(void*)> fresh_values;
    std::vector<VectorId> fresh_ids;
    std::vector<GroupId> fresh_groups;
    /// An older row of the same group + 1, dead or alive, or 0: for the writer's maps.
    std::vector<std::uint32_t> older_of_group;
  };
  using Chunks = std::vector<std::shared_ptr<Chunk>>;

  /// The table at one moment. Holds the memory it needs; cheap to copy.
  class View {
   public:
    [[nodiscard]] std::size_t rows() const { return rows_; }  ///< dead ones included
    [[nodiscard]] std::size_t live() const { return live_; }
    [[nodiscard]] std::size_t groups() const { return groups_; }
    /// Without what sealed chunks take: pages of files that the system may drop.
    [[nodiscard]] std::size_t memory_bytes() const;
    /// The first rows that are sealed.
    [[nodiscard]] std::size_t sealed_rows() const;

    [[nodiscard]] bool IsLive(std::size_t row) const {
      return chunk(row).died[row % kChunkRows].load(std::memory_order_relaxed) > version_;
    }
    [[nodiscard]] VectorId id(std::size_t row) const { return chunk(row).ids[row % kChunkRows]; }
    [[nodiscard]] GroupId group(std::size_t row) const {
      return chunk(row).groups[row % kChunkRows];
    }
    /// [dim] floats, prepared.
    [[nodiscard]] const float* values(std::size_t row) const {
      return chunk(row).values + (row % kChunkRows) * stride_;
    }
    [[nodiscard]] VectorRecord record(std::size_t row) const {
      return {.id = id(row), .group = group(row), .values = {values(row), dim_}};
    }

    /// Floats from one row to the next.
    [[nodiscard]] std::size_t stride() const { return stride_; }

   private:
    friend class VectorTable;
    [[nodiscard]] const Chunk& chunk(std::size_t row) const {
      return *(*chunks_)[row / kChunkRows];
    }

    std::shared_ptr<const Chunks> chunks_ = std::make_shared<const Chunks>();
    std::size_t dim_ = 0;
    std::size_t stride_ = 0;
    std::size_t rows_ = 0;
    std::size_t live_ = 0;
    std::size_t groups_ = 0;
    std::size_t index_bytes_ = 0;  // of the writer's maps
    std::uint64_t version_ = 0;
  };

  VectorTable(int dim, Metric metric);

  /// Floats from one row to the next: `dim` rounded up to a cache line.
  static std::size_t StrideOf(int dim);

  /// Fills an empty table with sealed rows; dead are those with their bit set in `dead`
  /// ([rows / 64], the lowest bit first). `meanwhile` is called while the maps of names are made,
  /// which takes the longest; no memory but theirs is asked for then.
  void Attach(
      std::span<const SealedChunk> chunks, std::span<const std::uint64_t> dead,
      const std::function<void()>& meanwhile = [] {});
  /// Takes sealed chunks with the same rows for those from `first_chunk` on. Views keep the memory
  /// that they have.
  void Seal(std::size_t first_chunk, std::span<const SealedChunk> chunks);

  /// `records` have passed CheckRecords.
  void Add(std::span<const VectorRecord> records);
  void Remove(std::span<const VectorId> ids);

  [[nodiscard]] View view() const;

  /// The living rows of a set at one moment, in ascending order.
  struct Selection {
    View view;
    std::vector<std::size_t> rows;
  };
  /// Costs a look into the maps for each id and each row that its groups had. Nothing while Add,
  /// Remove or Seal is at work: a reader does not wait.
  [[nodiscard]] std::optional<Selection> TrySelect(const VectorSet& set) const;

  [[nodiscard]] int dim() const { return static_cast<int>(dim_); }
  [[nodiscard]] Metric metric() const { return metric_; }

 private:
  void AppendRow(View& next, const VectorRecord& record);
  void CountId(const View& next, std::size_t row);
  void CountGroup(View& next, std::size_t row);
  void PrefetchGroups(const View& next, std::size_t row) const;
  void SelectGroup(const View& view, GroupId group, std::vector<std::size_t>& rows) const;
  void Kill(View& next, VectorId id);
  void Publish(View next);

  const std::size_t dim_;
  const Metric metric_;

  // Written by the writer under the lock. A group's slot has the newest of its rows, dead or alive,
  // and how many are alive.
  mutable std::shared_mutex maps_mutex_;
  RowIndex<RowSlot> row_of_id_;
  RowIndex<CountedRowSlot> rows_of_group_;

  mutable std::mutex published_mutex_;
  View published_;
};

/// A table with the live rows of `view` only.
[[nodiscard]] std::unique_ptr<VectorTable> CopyLive(const VectorTable::View& view, int dim,
                                                    Metric metric);

/// True when dead rows take more than half of the memory, and enough of it to care.
[[nodiscard]] bool IsMostlyDead(const VectorTable::View& view);

/// Calls `visit` for every live row, in ascending id.
void VisitById(const VectorTable::View& view,
               const std::function<void(const VectorRecord&)>& visit);

}  // namespace snapshelf
