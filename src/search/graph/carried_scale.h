#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace snapshelf {

// A walk needs a row's upper plane and its scale. So that it need not read a cache line for the
// scale, the plane carries it as 16 bits: in the lowest bits of its first 16 bytes. There they
// stand for half a step of the plane in 16 of its values: noise to the order of a walk, and the
// bits that were there lie aside for the finer order.

inline constexpr std::size_t kCarryingBytes = 16;

/// 5 bits of exponent, from 2^-32 to just below 1, and 11 of the mantissa: off by 1 / 4096 at most.
[[nodiscard]] inline std::uint16_t PackScale(float scale) {
  constexpr std::uint32_t kLowest = 95U << 11;  // of 2^-32
  const std::uint32_t rounded = (std::bit_cast<std::uint32_t>(scale) + (1U << 11)) >> 12;
  if (rounded <= kLowest) return 0;
  return static_cast<std::uint16_t>(rounded - kLowest < 0xFFFF ? rounded - kLowest : 0xFFFF);
}
[[nodiscard]] inline float UnpackScale(std::uint16_t packed) {
  return std::bit_cast<float>((packed + (95U << 11)) << 12);
}

/// The lowest bits of the 16 bytes at `plane`, that of the first byte lowest.
[[nodiscard]] inline std::uint16_t LowBits(const std::uint8_t* plane) {
  std::uint64_t words[2];
  std::memcpy(words, plane, sizeof words);
  // The product moves bit 8 i to 56 + i, and nothing else there.
  const auto gather = [](std::uint64_t word) {
    return (word & 0x0101010101010101) * 0x0102040810204080 >> 56;
  };
  return static_cast<std::uint16_t>(gather(words[0]) | gather(words[1]) << 8);
}
inline void SetLowBits(std::uint8_t* plane, std::uint16_t bits) {
  std::uint64_t words[2];
  std::memcpy(words, plane, sizeof words);
  // Byte i keeps bit i of eight copies, and adding 127 moves it to the highest place.
  const auto spread = [](std::uint64_t eight) {
    const std::uint64_t picked = eight * 0x0101010101010101 & 0x8040201008040201;
    return (picked + 0x7F7F7F7F7F7F7F7F) >> 7 & 0x0101010101010101;
  };
  for (int i = 0; i < 2; ++i)
    words[i] = (words[i] & ~0x0101010101010101ULL) | spread(bits >> (8 * i) & 0xFF);
  std::memcpy(plane, words, sizeof words);
}

}  // namespace snapshelf
