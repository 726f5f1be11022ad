#include "base/crc32c.h"

#include <array>
#include <cstring>

namespace snapshelf {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reversed Castagnoli polynomial

// Eight tables: byte b of table t is the CRC of b followed by t zero bytes ("slicing by 8",
// Kounavis 2008).
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i)
      tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xFF];
  return tables;
}();

std::uint32_t Byte(std::byte value) {
  return static_cast<std::uint32_t>(value);
}

std::uint32_t ByTables(std::span<const std::byte> bytes, std::uint32_t crc) {
  while (bytes.size() >= 8) {
    const std::uint32_t low =
        crc ^ (Byte(bytes[0]) | Byte(bytes[1]) << 8 | Byte(bytes[2]) << 16 | Byte(bytes[3]) << 24);
    crc = kTables[7][low & 0xFF] ^ kTables[6][(low >> 8) & 0xFF] ^ kTables[5][(low >> 16) & 0xFF] ^
          kTables[4][low >> 24] ^ kTables[3][Byte(bytes[4])] ^ kTables[2][Byte(bytes[5])] ^
          kTables[1][Byte(bytes[6])] ^ kTables[0][Byte(bytes[7])];
    bytes = bytes.subspan(8);
  }
  for (const std::byte value : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ Byte(value)) & 0xFF];
  return crc;
}

#if defined(__x86_64__)
/// Eight bytes in three cycles: a store of gigabytes is checked at every start.
[[gnu::target("sse4.2")]] std::uint32_t ByInstruction(std::span<const std::byte> bytes,
                                                      std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const std::byte value : bytes)
    crc = __builtin_ia32_crc32qi(crc, static_cast<std::uint8_t>(value));
  return crc;
}
#endif

using Crc = std::uint32_t (*)(std::span<const std::byte>, std::uint32_t);

Crc Choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ByInstruction;
#endif
  return ByTables;
}

}  // namespace

std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
  static const Crc kUpdate = Choose();
  return ~kUpdate(bytes, ~crc);
}

std::uint32_t Crc32cByTables(std::span<const std::byte> bytes, std::uint32_t crc) {
  return ~ByTables(bytes, ~crc);
}

}  // namespace snapshelf
