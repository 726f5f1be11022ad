#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "search/embedded/segment_io.h"
#include "search/vector_table.h"

namespace snapshelf {

inline constexpr std::uint32_t kSegmentVersion = 1;
/// The part of every segment file that has its header.
inline constexpr std::size_t kHeaderPart = 0;

/// What a segment file begins with (docs/format/vectors.md).
struct SegmentHeader {
  char magic[8] = {};
  std::uint32_t version = kSegmentVersion;
  std::uint32_t dim = 0;
  std::uint32_t metric = 0;
  std::uint32_t chunk_rows = VectorTable::kChunkRows;
  std::uint64_t first_row = 0;
  std::uint64_t rows = 0;
  std::uint64_t trained_rows = 0;  // of a graph, like all below
  std::uint32_t slots = 0;
  float longest = 0;
};
static_assert(sizeof(SegmentHeader) == 56, "written as memory lies, without gaps");

[[nodiscard]] inline std::span<const std::byte> BytesOf(const SegmentHeader& header) {
  return std::as_bytes(std::span(&header, 1));
}

/// errors: kCorruption for a header that is damaged, or not the expected one but for trained_rows
/// and longest; kUnimplemented for a newer version.
[[nodiscard]] Status CheckHeader(const std::filesystem::path& path, const SegmentReader& reader,
                                 const SegmentHeader& expected);

}  // namespace snapshelf
