// Proves that a plan does not hang on which rows a filter happens to let pass.

#include "search/graph/walk_plan.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace snapshelf {
namespace {

constexpr int kDim = 16;
constexpr int kK = 10;
constexpr std::uint64_t kFilters = 50;

const VectorTable& MillionRows() {
  static const VectorTable& million = [] -> const VectorTable& {
    constexpr std::size_t kBatch = 10'000;
    static VectorTable table(kDim, Metric::kL2);
    const std::vector<float> values(kDim);
    std::vector<VectorRecord> records(kBatch);
    for (VectorId id = 0; id < 1'000'000;) {
      for (VectorRecord& record : records) {
        record = {.id = id, .group = id, .values = values};
        ++id;
      }
      table.Add(records);
    }
    return table;
  }();
  return million;
}

/// Of a filter that lets one of `one_of` groups pass; another one for each `salt`.
WalkPlan PlanFiltered(std::uint64_t one_of, std::uint64_t salt) {
  constexpr std::uint64_t kPrime = 0xFF51AFD7ED558CCD;  // of MurmurHash3's last step
  const GroupFilter filter = [&](GroupId group) {
    std::uint64_t mixed = (group + (salt << 32)) * kPrime;
    mixed = (mixed ^ mixed >> 33) * kPrime;
    return (mixed >> 33) % one_of == 0;
  };
  return PlanWalk(MillionRows().view(), {.k = kK, .filter = &filter});
}

TEST(WalkPlan, OneInAThousandIsScannedWhicheverTheyAre) {
  for (std::uint64_t salt = 0; salt < kFilters; ++salt)
    EXPECT_TRUE(PlanFiltered(1000, salt).scan) << salt;
}

TEST(WalkPlan, AWindowHoldsMoreOfThosePassingThanAreWanted) {
  for (const std::uint64_t one_of : {2, 10, 25})
    for (std::uint64_t salt = 0; salt < kFilters; ++salt) {
      const WalkPlan plan = PlanFiltered(one_of, salt);
      ASSERT_FALSE(plan.scan) << one_of << " " << salt;
      EXPECT_GE(plan.window, kK * one_of * 5 / 4) << one_of << " " << salt;
    }
}

}  // namespace
}  // namespace snapshelf
