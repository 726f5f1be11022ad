#include "search/graph/walk.h"

#include <algorithm>

namespace snapshelf {
namespace {

constexpr std::size_t kVisitedSlots = 4096;  // a walk of the usual window sees some 1,500 rows
constexpr std::size_t kBeam = 2;             // rows expanded at a time

std::size_t HashOf(Row row) {
  return static_cast<std::size_t>(row * 0x9E3779B97F4A7C15ULL >> 32);
}

}  // namespace

VisitedRows::VisitedRows() : slots_(kVisitedSlots) {}

void VisitedRows::Clear() {
  std::ranges::fill(slots_, 0);
  size_ = 0;
}

bool VisitedRows::Insert(Row row) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = HashOf(row) & mask;; i = (i + 1) & mask) {
    if (slots_[i] == row + 1) return false;
    if (slots_[i] != 0) continue;
    slots_[i] = row + 1;
    if (++size_ * 2 > slots_.size()) Grow();
    return true;
  }
}

void VisitedRows::Grow() {
  std::vector<Row> old(slots_.size() * 2);
  old.swap(slots_);
  size_ = 0;
  for (const Row stored : old)
    if (stored != 0) Insert(stored - 1);
}

void Pool::Reset(std::size_t capacity) {
  capacity_ = capacity;
  candidates_.clear();
  candidates_.reserve(capacity + 1);
}

std::size_t Pool::Offer(float key, Row row) {
  if (!WouldTake(key)) return capacity_;
  const auto place = std::ranges::upper_bound(candidates_, key, {}, &Candidate::key);
  const auto index = static_cast<std::size_t>(place - candidates_.begin());
  if (candidates_.size() == capacity_) candidates_.pop_back();
  candidates_.insert(candidates_.begin() + static_cast<std::ptrdiff_t>(index),
                     {.key = key, .row = row});
  return index;
}

void GraphWalk::Gather(const GraphRows& rows, Row row) {
  const GraphRows::Slot* const slots = rows.slots(row);
  for (std::size_t i = 0; i < GraphRows::kSlots; ++i) {
    const Row stored = slots[i].load(std::memory_order_acquire);
    if (stored == 0) break;
    if (!visited_.Insert(stored - 1)) continue;
    rows.PrefetchCode(stored - 1);
    gathered_.push_back(stored - 1);
  }
}

/// Scores what was gathered; returns the first place of the pool that changed.
std::size_t GraphWalk::ScoreGathered(const Codec& codec, const GraphRows& rows,
                                     const CodeQuery& query, const RowFilter* filter) {
  std::size_t first_changed = pool_.capacity();
  for (const Row row : gathered_) {
    const float key = codec.CoarseKey(query, rows.upper(row), rows.terms(row));
    const std::size_t place = pool_.Offer(key, row);
    if (place < pool_.capacity()) {
      rows.PrefetchSlots(row);
      first_changed = std::min(first_changed, place);
    }
    if (filter != nullptr && passing_.WouldTake(key) && (*filter)(row)) passing_.Offer(key, row);
  }
  gathered_.clear();
  return first_changed;
}

void GraphWalk::Forget() {
  pool_.Reset(0);
  passing_.Reset(0);
}

void GraphWalk::Run(const Codec& codec, const GraphRows& rows, const EntryPoints& entries,
                    const CodeQuery& query, std::size_t window, const RowFilter* filter,
                    std::size_t passing_count) {
  visited_.Clear();
  pool_.Reset(window);
  passing_.Reset(passing_count);
  entries.Nearest(codec, query, entries_);
  for (const Candidate& entry : entries_) {
    if (!visited_.Insert(entry.row)) continue;
    rows.PrefetchSlots(entry.row);
    gathered_.push_back(entry.row);
  }
  ScoreGathered(codec, rows, query, filter);

  std::vector<Candidate>& pool = pool_.candidates();
  std::size_t next = 0;  // all before it are expanded
  while (next < pool.size()) {
    std::size_t beam = 0;
    for (; next < pool.size() && beam < kBeam; ++next) {
      if (pool[next].expanded) continue;
      pool[next].expanded = true;
      Gather(rows, pool[next].row);
      ++beam;
    }
    next = std::min(next, ScoreGathered(codec, rows, query, filter));
  }
}

}  // namespace snapshelf
