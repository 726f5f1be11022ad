#include "search/graph/flat_graph.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace snapshelf {
namespace {

// docs/design/0011-embedded-engine.md has what other values gave.
constexpr std::size_t kBuildWindow = 100;  // candidates looked at for a new row, up to a million
constexpr std::size_t kForwardEdges = 28;  // chosen of them at most
constexpr std::size_t kNextEdges = 4;      // to rows that an upper plane does not tell from it
constexpr float kNextShare = 1e-4F;        // of the squared length: not told apart
// Rows with one vector that a walk for a new row keeps: more of them would keep it from all others.
constexpr std::size_t kCopiesSeen = 4;
constexpr Row kRowsPerEntry = 32;
constexpr Row kEntriesMin = 256;
constexpr Row kEntriesMax = 65'536;

/// Candidates looked at for a new row. Beyond a million more rows lie near it, and the graph is
/// only as good as the walks that build it: 311 at 30 million.
std::size_t BuildWindow(Row row) {
  constexpr double kFrom = 1e6;
  return static_cast<std::size_t>(kBuildWindow * std::cbrt(std::max(row / kFrom, 1.0)));
}

}  // namespace

struct FlatGraph::Scratch {
  GraphWalk walk;
  CodeQuery query;
  Codec::RowCode code;
  std::vector<Candidate> around;          // of the row that is pruned
  std::vector<Row> chosen;                // by Prune
  std::vector<Codec::RowCode> occluders;  // the codes of those chosen that hide others
};

std::unique_ptr<FlatGraph> FlatGraph::Create(Codec codec) {
  auto rows = GraphRows::Reserve(codec);
  if (!rows) return nullptr;
  return std::unique_ptr<FlatGraph>(new FlatGraph(std::move(codec), std::move(*rows)));
}

void FlatGraph::Insert(Row row, const float* values) {
  SNAPSHELF_CHECK(row < rows_.capacity());
  thread_local Scratch scratch;
  rows_.terms(row) = codec_.Encode(values, rows_.upper(row), rows_.lower(row));
  rows_.CarryScale(row);
  const std::shared_ptr<const EntryPoints> entries = Entries();
  if (entries == nullptr) {
    first_row_ = row;
    return;
  }
  // One after the other, or two of the first copies would not meet.
  const std::scoped_lock lock(copy_locks_[CopyLock(rows_.terms(row))]);
  codec_.PrepareBuildQuery(values, scratch.query);
  scratch.walk.Run(codec_, rows_, *entries, scratch.query,
                   {.window = BuildWindow(row), .copies = kCopiesSeen});
  std::erase_if(scratch.walk.found(), [&](const Candidate& c) { return c.row == row; });
  // Keys lack the squared length of the query.
  for (Candidate& candidate : scratch.walk.found()) candidate.key += rows_.terms(row).norm2;
  LinkForward(row, scratch.walk.found(), scratch);
}

std::size_t FlatGraph::CopyLock(const CodeTerms& terms) {
  constexpr std::uint32_t kGoldenRatio = 0x9E3779B9;  // of 2^32; its upper bits are well mixed
  static_assert(kLocks == 1 << 12);
  return std::bit_cast<std::uint32_t>(terms.norm2) * kGoldenRatio >> 20;
}

void FlatGraph::LinkForward(Row row, std::span<const Candidate> nearest, Scratch& scratch) {
  Prune(row, nearest, scratch);
  const std::vector<Row> chosen = scratch.chosen;
  GraphRows::Slot* const slots = rows_.slots(row);
  {
    const std::scoped_lock lock(locks_[row % kLocks]);
    for (std::size_t i = 0; i < chosen.size(); ++i)
      slots[i].store(chosen[i] + 1, std::memory_order_release);
  }
  for (const Row to : chosen)
    if (rows_.AreCopies(row, to))
      JoinRing(row, to, scratch);
    else
      LinkBack(to, row, scratch);
}

/// Copies of one vector lie in a ring of their first edges, so that each is met from each, however
/// many they are. `row`, which nobody has met yet and whose first edge leads to `copy`, comes
/// behind it.
void FlatGraph::JoinRing(Row row, Row copy, Scratch& scratch) {
  const std::scoped_lock lock(locks_[copy % kLocks]);
  GraphRows::Slot& first = *rows_.slots(copy);
  const Row stored = first.load(std::memory_order_acquire);
  const bool is_ring = stored != 0 && rows_.AreCopies(copy, stored - 1);
  if (is_ring) rows_.slots(row)->store(stored, std::memory_order_release);
  first.store(row + 1, std::memory_order_release);
  if (!is_ring && stored != 0) AddEdge(copy, stored - 1, scratch);
}

void FlatGraph::LinkBack(Row from, Row to, Scratch& scratch) {
  const std::scoped_lock lock(locks_[from % kLocks]);
  AddEdge(from, to, scratch);
}

/// With the lock of `from`.
void FlatGraph::AddEdge(Row from, Row to, Scratch& scratch) {
  GraphRows::Slot* const slots = rows_.slots(from);
  for (std::size_t i = 0; i < GraphRows::kSlots; ++i) {
    const Row stored = slots[i].load(std::memory_order_acquire);
    if (stored == to + 1) return;
    if (stored != 0) continue;
    slots[i].store(to + 1, std::memory_order_release);
    return;
  }
  Reprune(from, to, scratch);
}

/// The edges of `from` are full: the best of them and `to` stay.
void FlatGraph::Reprune(Row from, Row to, Scratch& scratch) {
  GraphRows::Slot* const slots = rows_.slots(from);
  codec_.Unpack(rows_.upper(from), rows_.terms(from), scratch.code);
  scratch.around.clear();
  for (std::size_t i = 0; i <= GraphRows::kSlots; ++i) {
    const Row row = i == GraphRows::kSlots ? to : slots[i].load(std::memory_order_acquire) - 1;
    const float distance = codec_.RowDistance(scratch.code, rows_.upper(row), rows_.terms(row));
    scratch.around.push_back({.key = distance, .row = row});
  }
  std::ranges::sort(scratch.around, {}, &Candidate::key);
  Prune(from, scratch.around, scratch);
  // A reader may meet edges of both lists; each of them is an edge.
  for (std::size_t i = 0; i < scratch.chosen.size(); ++i)
    slots[i].store(scratch.chosen[i] + 1, std::memory_order_release);
  for (std::size_t i = scratch.chosen.size(); i < GraphRows::kSlots; ++i)
    slots[i].store(0, std::memory_order_release);
}

/// Chooses of `nearest` (ascending) those that no nearer chosen one lies closer to. A copy of `row`
/// comes first; it and the rows next to it hide nothing, or many of them would cut each other off
/// from the rest.
void FlatGraph::Prune(Row row, std::span<const Candidate> nearest, Scratch& scratch) const {
  scratch.chosen.clear();
  const auto is_copy = [&](const Candidate& candidate) {
    return rows_.AreCopies(row, candidate.row);
  };
  const auto copy = std::ranges::find_if(nearest, is_copy);
  if (copy != nearest.end()) scratch.chosen.push_back(copy->row);
  const float next = kNextShare * rows_.terms(row).norm2;
  std::size_t next_edges = 0;
  std::size_t occluders = 0;
  for (const Candidate& candidate : nearest) {
    if (scratch.chosen.size() == kForwardEdges) break;
    if (is_copy(candidate)) continue;
    if (candidate.key <= next) {
      if (next_edges++ < kNextEdges) scratch.chosen.push_back(candidate.row);
      continue;
    }
    const std::uint8_t* const plane = rows_.upper(candidate.row);
    const CodeTerms terms = rows_.terms(candidate.row);
    const auto hides = [&](const Codec::RowCode& code) {
      return codec_.RowDistance(code, plane, terms) < candidate.key;
    };
    const auto codes = std::span(scratch.occluders).first(occluders);
    if (std::ranges::any_of(codes, hides)) continue;
    if (scratch.occluders.size() == occluders) scratch.occluders.emplace_back();
    codec_.Unpack(plane, terms, scratch.occluders[occluders++]);
    scratch.chosen.push_back(candidate.row);
  }
}

void FlatGraph::RefreshEntries(Row rows, const std::function<GroupId(Row)>& group_of) {
  if (!first_row_ || rows < entries_of_rows_ + (entries_of_rows_ + 1) / 2) return;
  entries_of_rows_ = rows;
  const Row count = std::min(rows, std::clamp(rows / kRowsPerEntry, kEntriesMin, kEntriesMax));
  std::vector<Row> sample;
  for (std::uint64_t i = 0; i < count; ++i) {
    // Weyl's sequence, which has no period: rows that follow each other often belong together.
    constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
    const auto row = static_cast<Row>(((i * kGoldenRatio) >> 32) * rows >> 32);
    // Rows that were dead when their turn came are not in the graph.
    if (rows_.slots(row)->load(std::memory_order_acquire) != 0) sample.push_back(row);
  }
  if (sample.empty()) sample.push_back(*first_row_);
  auto fresh = std::make_shared<const EntryPoints>(codec_, rows_, sample, group_of);
  const std::scoped_lock lock(entries_mutex_);
  entries_ = std::move(fresh);
}

std::shared_ptr<const EntryPoints> FlatGraph::Entries() const {
  const std::scoped_lock lock(entries_mutex_);
  return entries_;
}

void FlatGraph::Adopt(Row rows, const std::function<GroupId(Row)>& group_of) {
  first_row_ = 0;
  RefreshEntries(rows, group_of);
}

void FlatGraph::Find(const CodeQuery& query, const WalkReach& reach, GraphWalk& walk,
                     const WalkFilter* filter) const {
  const std::shared_ptr<const EntryPoints> entries = Entries();
  if (entries == nullptr)
    walk.Forget();
  else
    walk.Run(codec_, rows_, *entries, query, reach, filter);
}

std::size_t FlatGraph::memory_bytes(Row rows) const {
  const auto entries = Entries();
  return rows * rows_.bytes_per_row() + (entries == nullptr ? 0 : entries->memory_bytes());
}

}  // namespace snapshelf
