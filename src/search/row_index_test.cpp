// Proves that RowIndex holds what std::map holds, through random inserts and erasures of keys that
// collide.

#include "search/row_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace snapshelf {
namespace {

TEST(RowIndex, HoldsWhatAMapHolds) {
  std::mt19937_64 random(3);
  for (const std::uint64_t stride : {1ULL, 1ULL << 32, 0x10001ULL, 1ULL << 63}) {
    const auto key_of = [&](std::uint32_t row) { return row % 700 * stride; };
    RowIndex<RowSlot> index;
    std::map<std::uint64_t, std::uint32_t> model;
    for (int step = 0; step < 20'000; ++step) {
      const auto row = static_cast<std::uint32_t>(random() % 7000);
      const std::uint64_t key = key_of(row);
      RowSlot* const found = index.Find(key, key_of);
      ASSERT_EQ(found != nullptr, model.contains(key));
      if (found == nullptr) {
        ASSERT_EQ(index.Insert(row, key_of)->row_plus_one, row + 1);
        model[key] = row;
      } else {
        ASSERT_EQ(found->row_plus_one - 1, model[key]);
        index.Erase(found, key_of);
        model.erase(key);
      }
      ASSERT_EQ(index.size(), model.size());
    }
    for (const auto& [key, row] : model) ASSERT_EQ(index.Find(key, key_of)->row_plus_one - 1, row);
  }
}

TEST(RowIndex, FindsNothingWhenEmpty) {
  RowIndex<CountedRowSlot> index;
  EXPECT_EQ(index.Find(5, [](std::uint32_t) { return 5U; }), nullptr);
  EXPECT_EQ(index.memory_bytes(), 0U);
}

}  // namespace
}  // namespace snapshelf
