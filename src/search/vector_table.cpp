#include "search/vector_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "search/metric.h"

namespace snapshelf {
namespace {

constexpr std::size_t kAlignmentBytes = 64;  // a cache line, and the widest SIMD register

// Below this, memory is not worth a copy of the table.
constexpr std::size_t kDeadRowsMin = VectorTable::kChunkRows;

float* AllocateFloats(std::size_t count) {
  void* memory = std::aligned_alloc(kAlignmentBytes, count * sizeof(float));
  SNAPSHELF_CHECK(memory != nullptr);
  std::fill_n(static_cast<float*>(memory), count, 0.0F);
  return static_cast<float*>(memory);
}

}  // namespace

VectorTable::Chunk::Chunk(std::size_t stride)
    : values(AllocateFloats(kChunkRows * stride), &std::free),
      ids(kChunkRows),
      groups(kChunkRows),
      died(kChunkRows) {
  for (auto& version : died) version.store(kAlive, std::memory_order_relaxed);
}

std::size_t VectorTable::View::memory_bytes() const {
  constexpr std::size_t kRowBytes = sizeof(VectorId) + sizeof(GroupId) + sizeof(std::uint64_t);
  // A hash node with its bucket takes about 32 bytes for each id and each group.
  constexpr std::size_t kNodeBytes = 32;
  return chunks_->size() * kChunkRows * (stride_ * sizeof(float) + kRowBytes) +
         (live_ + groups_) * kNodeBytes;
}

VectorTable::VectorTable(int dim, Metric metric)
    : dim_(static_cast<std::size_t>(dim)), metric_(metric) {
  SNAPSHELF_CHECK(dim > 0);
  constexpr std::size_t kFloats = kAlignmentBytes / sizeof(float);
  published_.dim_ = dim_;
  published_.stride_ = (dim_ + kFloats - 1) / kFloats * kFloats;
}

VectorTable::View VectorTable::view() const {
  const std::scoped_lock lock(published_mutex_);
  return published_;
}

void VectorTable::Add(std::span<const VectorRecord> records) {
  View next = view();
  ++next.version_;
  for (const VectorRecord& record : records) {
    Kill(next, record.id);
    AppendRow(next, record);
  }
  Publish(std::move(next));
}

void VectorTable::Remove(std::span<const VectorId> ids) {
  View next = view();
  ++next.version_;
  for (const VectorId id : ids) Kill(next, id);
  Publish(std::move(next));
}

void VectorTable::AppendRow(View& next, const VectorRecord& record) {
  const std::size_t row = next.rows_++;
  const std::size_t slot = row % kChunkRows;
  if (slot == 0) {
    Chunks longer = *next.chunks_;
    longer.push_back(std::make_shared<Chunk>(next.stride_));
    next.chunks_ = std::make_shared<const Chunks>(std::move(longer));
  }
  Chunk& chunk = *next.chunks_->back();
  float* const values = chunk.values.get() + slot * next.stride_;
  std::ranges::copy(record.values, values);
  PrepareVector(metric_, {values, dim_});
  chunk.ids[slot] = record.id;
  chunk.groups[slot] = record.group;
  row_of_id_[record.id] = row;
  ++next.live_;
  if (++rows_of_group_[record.group] == 1) ++next.groups_;
}

void VectorTable::Kill(View& next, VectorId id) {
  const auto known = row_of_id_.find(id);
  if (known == row_of_id_.end()) return;
  const std::size_t row = known->second;
  Chunk& chunk = *(*next.chunks_)[row / kChunkRows];
  chunk.died[row % kChunkRows].store(next.version_, std::memory_order_relaxed);
  row_of_id_.erase(known);
  --next.live_;
  const auto group = rows_of_group_.find(chunk.groups[row % kChunkRows]);
  if (--group->second == 0) {
    rows_of_group_.erase(group);
    --next.groups_;
  }
}

void VectorTable::Publish(View next) {
  const std::scoped_lock lock(published_mutex_);
  std::swap(published_, next);
}

std::unique_ptr<VectorTable> CopyLive(const VectorTable::View& view, int dim, Metric metric) {
  auto copy = std::make_unique<VectorTable>(dim, metric);
  std::vector<VectorRecord> batch;
  for (std::size_t row = 0; row < view.rows(); ++row) {
    if (view.IsLive(row)) batch.push_back(view.record(row));
    if (batch.size() == VectorTable::kChunkRows || row + 1 == view.rows()) {
      copy->Add(batch);
      batch.clear();
    }
  }
  return copy;
}

bool IsMostlyDead(const VectorTable::View& view) {
  const std::size_t dead = view.rows() - view.live();
  return dead > view.live() && dead >= kDeadRowsMin;
}

void VisitById(const VectorTable::View& view,
               const std::function<void(const VectorRecord&)>& visit) {
  std::vector<std::pair<VectorId, std::size_t>> order;
  order.reserve(view.live());
  for (std::size_t row = 0; row < view.rows(); ++row)
    if (view.IsLive(row)) order.emplace_back(view.id(row), row);
  std::ranges::sort(order);
  for (const auto& [id, row] : order) visit(view.record(row));
}

}  // namespace snapshelf
