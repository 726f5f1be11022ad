// Proves that reserved memory is zero until written, and that asking for more address space than
// there is gives an answer instead of a crash.

#include "search/graph/huge_array.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "search/graph/graph_rows.h"

namespace snapshelf {
namespace {

TEST(ReservedMemory, IsNullWithoutAddressSpace) {
  EXPECT_EQ(ReservedMemory::Reserve(std::size_t{1} << 60), nullptr);
}

TEST(ReservedMemory, IsZeroAndWritableFromEndToEnd) {
  constexpr std::size_t kBytes = std::size_t{1} << 36;  // more than the machine has
  const auto memory = ReservedMemory::Reserve(kBytes);
  if (memory == nullptr) GTEST_SKIP() << "this machine does not let reserve 64 GiB";
  memory->UseHugePages(1 << 22);
  for (const std::size_t place : {std::size_t{0}, std::size_t{1} << 21, kBytes - 1}) {
    EXPECT_EQ(memory->data()[place], std::byte{0});
    memory->data()[place] = std::byte{7};
    EXPECT_EQ(memory->data()[place], std::byte{7});
  }
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory->data()) % (1 << 21), 0U);
}

TEST(GraphRows, HaveRoomForManyRowsWithoutTakingMemory) {
  const Codec codec(2048, Metric::kCosine, std::vector<float>(2048), 1);
  const auto rows = GraphRows::Reserve(codec);
  ASSERT_TRUE(rows);
  EXPECT_GE(rows->capacity(), 1U << 16);
  EXPECT_EQ(rows->bytes_per_row(), 2048U + sizeof(CodeTerms) + 2 + 128);
}

}  // namespace
}  // namespace snapshelf
