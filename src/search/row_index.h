#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace snapshelf {

/// Finds rows by a key that the rows themselves hold (an id, a group): an open-addressing hash of
/// row numbers alone, 6 to 11 bytes a key instead of the 40 of std::unordered_map.
///
/// `key_of(row)` is given to every call and must answer the same always. Not thread-safe.
/// Slot: a type with `std::uint32_t row_plus_one`, 0 when empty.
template <class Slot>
class RowIndex {
 public:
  /// Null if no row with that key was inserted. Valid until the next Insert or Erase.
  template <class KeyOf>
  [[nodiscard]] Slot* Find(std::uint64_t key, const KeyOf& key_of) {
    if (slots_.empty()) return nullptr;
    for (std::size_t i = Home(key);; i = Next(i)) {
      if (slots_[i].row_plus_one == 0) return nullptr;
      if (key_of(slots_[i].row_plus_one - 1) == key) return &slots_[i];
    }
  }

  /// Room for `count` keys, so that Insert need not make it bit by bit. Before the first Insert.
  void Reserve(std::size_t count) { slots_.resize(std::bit_ceil(count * 3 / 2 + 16)); }

  // For many keys one after the other: the first slot that Find and Insert of a key look at, and
  // the rows in the first few, whose keys they compare.
  void PrefetchSlot(std::uint64_t key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[Home(key)]);
  }
  template <class Visit>
  void VisitFirstRows(std::uint64_t key, const Visit& visit) const {
    constexpr int kFew = 3;  // where most keys are
    if (slots_.empty()) return;
    std::size_t i = Home(key);
    for (int step = 0; step < kFew && slots_[i].row_plus_one != 0; ++step, i = Next(i))
      visit(slots_[i].row_plus_one - 1);
  }

  template <class KeyOf>
  [[nodiscard]] const Slot* Find(std::uint64_t key, const KeyOf& key_of) const {
    return const_cast<RowIndex*>(this)->Find(key, key_of);
  }

  /// Adds a row whose key is not there yet.
  template <class KeyOf>
  Slot* Insert(std::uint32_t row, const KeyOf& key_of) {
    if ((size_ + 1) * 3 > slots_.size() * 2) Grow(key_of);
    std::size_t i = Home(key_of(row));
    while (slots_[i].row_plus_one != 0) i = Next(i);
    slots_[i] = Slot{.row_plus_one = row + 1};
    ++size_;
    return &slots_[i];
  }

  /// Takes out what Find gave; those behind it that would not be found any more move up (Knuth,
  /// TAOCP 3, 6.4, algorithm R).
  template <class KeyOf>
  void Erase(Slot* slot, const KeyOf& key_of) {
    auto hole = static_cast<std::size_t>(slot - slots_.data());
    slots_[hole] = Slot{};
    --size_;
    for (std::size_t i = Next(hole); slots_[i].row_plus_one != 0; i = Next(i)) {
      const std::size_t home = Home(key_of(slots_[i].row_plus_one - 1));
      const bool stays = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (stays) continue;
      slots_[hole] = std::exchange(slots_[i], Slot{});
      hole = i;
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  [[nodiscard]] std::size_t Home(std::uint64_t key) const {
    key ^= key >> 32;  // ids may differ in their upper halves only
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15ULL >> 20) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t Next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }

  template <class KeyOf>
  void Grow(const KeyOf& key_of) {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    // A few at a time, so that the memory is asked for many keys at once.
    std::array<std::pair<Slot, std::uint64_t>, 32> some;
    std::size_t count = 0;
    const auto insert = [&] {
      for (std::size_t j = 0; j < count; ++j) {
        std::size_t i = Home(some[j].second);
        while (slots_[i].row_plus_one != 0) i = Next(i);
        slots_[i] = some[j].first;
      }
      count = 0;
    };
    for (const Slot& slot : old) {
      if (slot.row_plus_one == 0) continue;
      some[count++] = {slot, key_of(slot.row_plus_one - 1)};
      PrefetchSlot(some[count - 1].second);
      if (count == some.size()) insert();
    }
    insert();
  }

  std::vector<Slot> slots_;  // a power of two, at most two thirds full
  std::size_t size_ = 0;
};

struct RowSlot {
  std::uint32_t row_plus_one = 0;
};
struct CountedRowSlot {
  std::uint32_t row_plus_one = 0;
  std::uint32_t count = 0;
};

}  // namespace snapshelf
