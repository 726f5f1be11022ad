#include "search/embedded/segment_header.h"

#include <fmt/format.h>

#include <cstring>

#include "base/check.h"

namespace snapshelf {

Status CheckHeader(const std::filesystem::path& path, const SegmentReader& reader,
                   const SegmentHeader& expected) {
  SNAPSHELF_RETURN_IF_ERROR(reader.Check(kHeaderPart));
  SegmentHeader header;
  std::memcpy(&header, reader.part(kHeaderPart).data(), sizeof header);
  if (std::memcmp(header.magic, expected.magic, sizeof header.magic) == 0 &&
      header.version > kSegmentVersion)
    return Fail(Code::kUnimplemented, fmt::format("{}: of version {}, this program knows {}; use a "
                                                  "newer snapshelf",
                                                  path.string(), header.version, kSegmentVersion));
  header.trained_rows = expected.trained_rows;
  header.longest = expected.longest;
  if (std::memcmp(&header, &expected, sizeof header) != 0)
    return Fail(Code::kCorruption,
                fmt::format("{}: its header is that of another file or store", path.string()));
  return {};
}

}  // namespace snapshelf
