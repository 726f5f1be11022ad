#include "search/graph/walk.h"

#include <algorithm>
#include <limits>

namespace snapshelf {
namespace {

constexpr std::size_t kVisitedSlots = 4096;   // a walk of the usual window sees some 1,500 rows
constexpr std::size_t kVisitedKept = 32'768;  // few walks need more; cleared in 2 us
constexpr std::size_t kBeam = 2;              // rows expanded at a time

std::size_t HashOf(Row row) {
  return static_cast<std::size_t>(row * 0x9E3779B97F4A7C15ULL >> 32);
}

}  // namespace

VisitedRows::VisitedRows() : slots_(kVisitedSlots) {}

void VisitedRows::Clear() {
  // To clear what a walk with a wide filter needed would be most of a short one.
  if (slots_.size() > kVisitedKept && size_ * 8 < slots_.size()) slots_.resize(slots_.size() / 2);
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

void Pool::Reset(std::size_t capacity, std::size_t copies) {
  capacity_ = capacity;
  copies_ = copies;
  candidates_.clear();
  candidates_.reserve(capacity + 1);
}

std::size_t Pool::Offer(float key, Row row) {
  if (!WouldTake(key)) return capacity_;
  // Without branches: half of those of a binary search would be guessed wrong.
  const Candidate* place = candidates_.data();
  for (std::size_t rest = candidates_.size(); rest > 0;) {
    const std::size_t half = (rest + 1) / 2;
    place += place[half - 1].key <= key ? half : 0;
    rest -= half;
  }
  const auto index = static_cast<std::size_t>(place - candidates_.data());
  if (index >= copies_ && candidates_[index - copies_].key == key) return capacity_;
  if (candidates_.size() == capacity_) candidates_.pop_back();
  candidates_.insert(candidates_.begin() + static_cast<std::ptrdiff_t>(index),
                     {.key = key, .row = row});
  return index;
}

void GraphWalk::Front::Reset(std::size_t capacity, std::size_t copies) {
  pool.Reset(capacity, copies);
  next = 0;
}

bool GraphWalk::Front::Offer(float key, Row row) {
  const std::size_t place = pool.Offer(key, row);
  if (place == pool.capacity()) return false;
  next = std::min(next, place);
  return true;
}

/// Gathers the rows behind the nearest candidate whose edges were not followed; false if there is
/// none.
bool GraphWalk::FollowNext(const GraphRows& rows, Front& front) {
  std::vector<Candidate>& candidates = front.pool.candidates();
  while (front.next < candidates.size() && (candidates[front.next].row & Pool::kExpanded) != 0)
    ++front.next;
  if (front.next == candidates.size()) return false;
  if (front.next >= reach_.least && candidates[front.next].key > farthest_key_) {
    front.next = candidates.size();
    return false;
  }
  const GraphRows::Slot* const slots = rows.slots(candidates[front.next].row);
  for (std::size_t i = 0; i < GraphRows::kSlots; ++i) {
    const Row stored = slots[i].load(std::memory_order_acquire);
    if (stored == 0) break;
    if (!visited_.Insert(stored - 1)) continue;
    rows.PrefetchCoarse(stored - 1, planes_suffice_);
    gathered_.push_back(stored - 1);
  }
  candidates[front.next++].row |= Pool::kExpanded;
  return true;
}

void GraphWalk::OfferFound(const GraphRows& rows, Candidate candidate) {
  const std::vector<Candidate>& candidates = found_.pool.candidates();
  if (candidate.key > farthest_key_ && candidates.size() >= reach_.least) return;
  if (found_.Offer(candidate.key, candidate.row)) rows.PrefetchSlots(candidate.row);
}

void GraphWalk::SetFarthest(const CodeQuery& query, const Pool& wanted) {
  const std::vector<Candidate>& candidates = wanted.candidates();
  if (reach_.stretch2 > 0 && candidates.size() >= reach_.nearest)
    farthest_key_ = Codec::KeyBeyond(query, candidates[reach_.nearest - 1].key, reach_.stretch2);
}

void GraphWalk::ScoreGathered(const Codec& codec, const GraphRows& rows, const CodeQuery& query,
                              const WalkFilter* filter) {
  dots_.resize(gathered_.size());
  codec.Dots(query, rows.upper(0), gathered_, dots_.data());
  for (std::size_t i = 0; i < gathered_.size(); ++i) {
    const Row row = gathered_[i];
    const float key = codec.CoarseKey(query, dots_[i], rows.CoarseTerms(row, planes_suffice_));
    OfferFound(rows, {.key = key, .row = row});
    if (filter != nullptr && passing_.pool.WouldTake(key) && filter->row_passes(row))
      passing_.Offer(key, row);
  }
  SetFarthest(query, filter == nullptr ? found_.pool : passing_.pool);
  gathered_.clear();
}

/// What was within the reach only until nearer rows were found would cost a finer look, and lose.
void GraphWalk::DropFarther(Pool& wanted) const {
  if (reach_.stretch2 == 0) return;
  std::vector<Candidate>& candidates = wanted.candidates();
  const auto farther = std::ranges::upper_bound(candidates, farthest_key_, {}, &Candidate::key);
  const auto least =
      candidates.begin() + static_cast<std::ptrdiff_t>(std::min(candidates.size(), reach_.least));
  candidates.erase(std::max(farther, least), candidates.end());
}

void GraphWalk::Forget() {
  found_.Reset(0);
  passing_.Reset(0);
  was_cut_off_ = false;
  ended_among_copies_ = false;
}

void GraphWalk::Run(const Codec& codec, const GraphRows& rows, const EntryPoints& entries,
                    const CodeQuery& query, const WalkReach& reach, const WalkFilter* filter) {
  reach_ = reach;
  farthest_key_ = std::numeric_limits<float>::infinity();
  planes_suffice_ = rows.PlanesSuffice(query);
  visited_.Clear();
  found_.Reset(reach.window, reach.copies);
  passing_.Reset(filter == nullptr ? 0 : filter->kept);
  entries.Nearest(codec, query, entries_);
  if (filter != nullptr) entries.NearestPassing(codec, query, filter->group_passes, entries_);
  for (const Candidate& entry : entries_) {
    if (!visited_.Insert(entry.row)) continue;
    rows.PrefetchCoarse(entry.row, planes_suffice_);
    gathered_.push_back(entry.row);
  }
  while (!gathered_.empty() || found_.next < found_.pool.candidates().size() ||
         passing_.next < passing_.pool.candidates().size()) {
    ScoreGathered(codec, rows, query, filter);
    std::size_t followed = FollowNext(rows, found_) ? 1 : 0;
    if (FollowNext(rows, passing_)) ++followed;
    while (followed < kBeam && FollowNext(rows, found_)) ++followed;
  }
  const std::vector<Candidate>& kept = passing();
  was_cut_off_ = reach_.stretch2 > 0 && !kept.empty() && kept.size() == passing_.pool.capacity() &&
                 kept.back().key <= farthest_key_;
  const std::vector<Candidate>& met = found();
  ended_among_copies_ = met.size() > 1 && met.size() == found_.pool.capacity() &&
                        met[(met.size() - 1) / 2].key == met.back().key;
  DropFarther(filter == nullptr ? found_.pool : passing_.pool);
  for (Candidate& candidate : found()) candidate.row &= ~Pool::kExpanded;
  for (Candidate& candidate : passing()) candidate.row &= ~Pool::kExpanded;
}

}  // namespace snapshelf
