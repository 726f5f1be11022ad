#include "search/vector_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>
#include <utility>

#include "base/check.h"
#include "search/metric.h"

namespace snapshelf {
namespace {

constexpr std::size_t kAlignmentBytes = 64;  // a cache line, and the widest SIMD register

// Rows whose places in the maps are asked for at once; a divisor of a chunk.
constexpr std::size_t kAttachRows = 64;

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
    : died(kChunkRows),
      fresh_values(AllocateFloats(kChunkRows * stride), &std::free),
      fresh_ids(kChunkRows),
      fresh_groups(kChunkRows),
      older_of_group(kChunkRows) {
  values = fresh_values.get();
  ids = fresh_ids.data();
  groups = fresh_groups.data();
  for (auto& version : died) version.store(kAlive, std::memory_order_relaxed);
}

VectorTable::Chunk::Chunk(const SealedChunk& sealed)
    : values(sealed.values),
      ids(sealed.ids),
      groups(sealed.groups),
      died(kChunkRows),
      sealed_owner(sealed.owner),
      fresh_values(nullptr, &std::free),
      older_of_group(kChunkRows) {
  for (auto& version : died) version.store(kAlive, std::memory_order_relaxed);
}

std::size_t VectorTable::View::memory_bytes() const {
  constexpr std::size_t kNameBytes = sizeof(VectorId) + sizeof(GroupId);
  const std::size_t fresh_chunks = chunks_->size() - sealed_rows() / kChunkRows;
  return fresh_chunks * kChunkRows * (stride_ * sizeof(float) + kNameBytes) +
         chunks_->size() * kChunkRows * (sizeof(std::uint64_t) + sizeof(std::uint32_t)) +
         index_bytes_;
}

std::size_t VectorTable::View::sealed_rows() const {
  const auto fresh =
      std::ranges::find(*chunks_, nullptr, [](const auto& c) { return c->sealed_owner; });
  return static_cast<std::size_t>(fresh - chunks_->begin()) * kChunkRows;
}

std::size_t VectorTable::StrideOf(int dim) {
  constexpr std::size_t kFloats = kAlignmentBytes / sizeof(float);
  return (static_cast<std::size_t>(dim) + kFloats - 1) / kFloats * kFloats;
}

VectorTable::VectorTable(int dim, Metric metric)
    : dim_(static_cast<std::size_t>(dim)), metric_(metric) {
  SNAPSHELF_CHECK(dim > 0);
  published_.dim_ = dim_;
  published_.stride_ = StrideOf(dim);
}

VectorTable::View VectorTable::view() const {
  const std::scoped_lock lock(published_mutex_);
  return published_;
}

void VectorTable::Add(std::span<const VectorRecord> records) {
  const std::scoped_lock lock(maps_mutex_);
  View next = view();
  ++next.version_;
  for (const VectorRecord& record : records) {
    Kill(next, record.id);
    AppendRow(next, record);
  }
  Publish(std::move(next));
}

void VectorTable::Remove(std::span<const VectorId> ids) {
  const std::scoped_lock lock(maps_mutex_);
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
  float* const values = chunk.fresh_values.get() + slot * next.stride_;
  std::ranges::copy(record.values, values);
  PrepareVector(metric_, {values, dim_});
  chunk.fresh_ids[slot] = record.id;
  chunk.fresh_groups[slot] = record.group;
  ++next.live_;
  CountId(next, row);
  CountGroup(next, row);
}

// Both take a living row into one of the maps.

void VectorTable::CountId(const View& next, std::size_t row) {
  row_of_id_.Insert(static_cast<std::uint32_t>(row), [&](std::size_t r) { return next.id(r); });
}

void VectorTable::CountGroup(View& next, std::size_t row) {
  const auto group_of = [&](std::size_t r) { return next.group(r); };
  CountedRowSlot* group = rows_of_group_.Find(next.group(row), group_of);
  if (group == nullptr) {
    group = rows_of_group_.Insert(static_cast<std::uint32_t>(row), group_of);
  } else {
    (*next.chunks_)[row / kChunkRows]->older_of_group[row % kChunkRows] = group->row_plus_one;
    group->row_plus_one = static_cast<std::uint32_t>(row) + 1;
  }
  if (++group->count == 1) ++next.groups_;
}

std::optional<VectorTable::Selection> VectorTable::TrySelect(const VectorSet& set) const {
  const std::shared_lock lock(maps_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  Selection selection{.view = view(), .rows = {}};
  const View& now = selection.view;
  for (const VectorId id : set.ids)
    if (const RowSlot* const slot =
            row_of_id_.Find(id, [&](std::size_t row) { return now.id(row); }))
      selection.rows.push_back(slot->row_plus_one - 1);
  for (const GroupId group : set.groups) SelectGroup(now, group, selection.rows);
  std::ranges::sort(selection.rows);
  const auto again = std::ranges::unique(selection.rows);
  selection.rows.erase(again.begin(), again.end());
  return selection;
}

void VectorTable::SelectGroup(const View& view, GroupId group,
                              std::vector<std::size_t>& rows) const {
  const CountedRowSlot* const slot =
      rows_of_group_.Find(group, [&](std::size_t row) { return view.group(row); });
  if (slot == nullptr) return;
  for (std::uint32_t next = slot->row_plus_one; next != 0;) {
    const std::size_t row = next - 1;
    if (view.IsLive(row)) rows.push_back(row);
    next = view.chunk(row).older_of_group[row % kChunkRows];
  }
}

void VectorTable::Kill(View& next, VectorId id) {
  const auto id_of = [&](std::size_t r) { return next.id(r); };
  RowSlot* const known = row_of_id_.Find(id, id_of);
  if (known == nullptr) return;
  const std::size_t row = known->row_plus_one - 1;
  Chunk& chunk = *(*next.chunks_)[row / kChunkRows];
  chunk.died[row % kChunkRows].store(next.version_, std::memory_order_relaxed);
  row_of_id_.Erase(known, id_of);
  --next.live_;
  const auto group_of = [&](std::size_t r) { return next.group(r); };
  CountedRowSlot* const group = rows_of_group_.Find(next.group(row), group_of);
  if (--group->count == 0) {
    rows_of_group_.Erase(group, group_of);
    --next.groups_;
  }
}

/// Asks for what CountGroup of the next rows will read: slots of the map, and the groups of the
/// rows in them.
void VectorTable::PrefetchGroups(const View& next, std::size_t row) const {
  for (std::size_t i = row; i < row + kAttachRows; ++i) rows_of_group_.PrefetchSlot(next.group(i));
  for (std::size_t i = row; i < row + kAttachRows; ++i)
    rows_of_group_.VisitFirstRows(next.group(i), [&](std::uint32_t first) {
      __builtin_prefetch(&next.chunk(first).groups[first % kChunkRows]);
    });
}

void VectorTable::Attach(std::span<const SealedChunk> chunks, std::span<const std::uint64_t> dead,
                         const std::function<void()>& meanwhile) {
  View next = view();
  SNAPSHELF_CHECK(next.rows_ == 0 && dead.size() * 64 == chunks.size() * kChunkRows);
  Chunks attached;
  for (const SealedChunk& chunk : chunks) attached.push_back(std::make_shared<Chunk>(chunk));
  next.chunks_ = std::make_shared<const Chunks>(attached);
  next.rows_ = chunks.size() * kChunkRows;
  const auto is_dead = [&](std::size_t row) { return (dead[row / 64] >> (row % 64) & 1) != 0; };
  for (std::size_t row = 0; row < next.rows_; ++row) {
    if (is_dead(row))
      attached[row / kChunkRows]->died[row % kChunkRows].store(0, std::memory_order_relaxed);
    else
      ++next.live_;
  }
  row_of_id_.Reserve(next.live_);
  {
    // The maps know nothing of each other.
    const std::jthread groups([&] {
      for (std::size_t row = 0; row < next.rows_; ++row) {
        if (row % kAttachRows == 0) PrefetchGroups(next, row);
        if (!is_dead(row)) CountGroup(next, row);
      }
    });
    const std::jthread ids([&] {
      for (std::size_t row = 0; row < next.rows_; ++row) {
        if (row % kAttachRows == 0)
          for (std::size_t i = row; i < row + kAttachRows; ++i) row_of_id_.PrefetchSlot(next.id(i));
        if (!is_dead(row)) CountId(next, row);
      }
    });
    meanwhile();
  }
  Publish(std::move(next));
}

void VectorTable::Seal(std::size_t first_chunk, std::span<const SealedChunk> chunks) {
  const std::scoped_lock lock(maps_mutex_);
  View next = view();
  Chunks sealed = *next.chunks_;
  SNAPSHELF_CHECK((first_chunk + chunks.size()) * kChunkRows <= next.rows_);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const auto copy = std::make_shared<Chunk>(chunks[i]);
    // Views that keep the old chunk see no deaths from now on, which are none of theirs.
    const Chunk& old = *sealed[first_chunk + i];
    for (std::size_t slot = 0; slot < kChunkRows; ++slot)
      copy->died[slot].store(old.died[slot].load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
    copy->older_of_group = old.older_of_group;
    sealed[first_chunk + i] = copy;
  }
  next.chunks_ = std::make_shared<const Chunks>(std::move(sealed));
  Publish(std::move(next));
}

void VectorTable::Publish(View next) {
  next.index_bytes_ = row_of_id_.memory_bytes() + rows_of_group_.memory_bytes();
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
