#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

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

  struct Chunk {
    explicit Chunk(std::size_t stride);
    std::unique_ptr<float[], void (*)(void*)> values;  // [kChunkRows, stride], 64-byte aligned
    std::vector<VectorId> ids;
    std::vector<GroupId> groups;
    std::vector<std::atomic<std::uint64_t>> died;  // first version that does not see the row
  };
  using Chunks = std::vector<std::shared_ptr<Chunk>>;

  /// The table at one moment. Holds the memory it needs; cheap to copy.
  class View {
   public:
    [[nodiscard]] std::size_t rows() const { return rows_; }  ///< dead ones included
    [[nodiscard]] std::size_t live() const { return live_; }
    [[nodiscard]] std::size_t groups() const { return groups_; }
    [[nodiscard]] std::size_t memory_bytes() const;

    [[nodiscard]] bool IsLive(std::size_t row) const {
      return chunk(row).died[row % kChunkRows].load(std::memory_order_relaxed) > version_;
    }
    [[nodiscard]] VectorId id(std::size_t row) const { return chunk(row).ids[row % kChunkRows]; }
    [[nodiscard]] GroupId group(std::size_t row) const {
      return chunk(row).groups[row % kChunkRows];
    }
    /// [dim] floats, prepared.
    [[nodiscard]] const float* values(std::size_t row) const {
      return chunk(row).values.get() + (row % kChunkRows) * stride_;
    }
    [[nodiscard]] VectorRecord record(std::size_t row) const {
      return {.id = id(row), .group = group(row), .values = {values(row), dim_}};
    }

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
    std::uint64_t version_ = 0;
  };

  VectorTable(int dim, Metric metric);

  /// `records` have passed CheckRecords.
  void Add(std::span<const VectorRecord> records);
  void Remove(std::span<const VectorId> ids);

  [[nodiscard]] View view() const;
  [[nodiscard]] int dim() const { return static_cast<int>(dim_); }
  [[nodiscard]] Metric metric() const { return metric_; }

 private:
  void AppendRow(View& next, const VectorRecord& record);
  void Kill(View& next, VectorId id);
  void Publish(View next);

  const std::size_t dim_;
  const Metric metric_;

  // The writer's own.
  std::unordered_map<VectorId, std::size_t> row_of_id_;
  std::unordered_map<GroupId, std::size_t> rows_of_group_;

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
