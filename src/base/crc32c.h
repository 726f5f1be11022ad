#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace snapshelf {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continuing from `crc` (0 to start).
[[nodiscard]] std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);
/// The same without the processor's instruction for it, which not all have.
[[nodiscard]] std::uint32_t Crc32cByTables(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace snapshelf
