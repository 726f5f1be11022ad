// Proves CRC-32C against the values of RFC 3720, and that it can be computed in pieces.
#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace snapshelf {
namespace {

TEST(Crc32c, MatchesRfc3720) {
  const std::vector<std::byte> zeros(32, std::byte{0});
  const std::vector<std::byte> ones(32, std::byte{0xFF});
  EXPECT_EQ(Crc32c(zeros), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(ones), 0x62A8AB43U);
  EXPECT_EQ(Crc32cByTables(zeros), 0x8A9136AAU);
  EXPECT_EQ(Crc32cByTables(ones), 0x62A8AB43U);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstruction) {
  std::vector<std::byte> bytes(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31);
  for (std::size_t from = 0; from < 8; ++from)
    for (std::size_t size = 0; from + size <= bytes.size(); ++size) {
      const auto part = std::span(bytes).subspan(from, size);
      ASSERT_EQ(Crc32c(part, 7), Crc32cByTables(part, 7)) << from << " " << size;
    }
}

TEST(Crc32c, ContinuesFromAnyCut) {
  std::vector<std::byte> bytes(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  const std::uint32_t whole = Crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::span all(bytes);
    EXPECT_EQ(Crc32c(all.subspan(cut), Crc32c(all.first(cut))), whole) << "cut " << cut;
  }
}

}  // namespace
}  // namespace snapshelf
