#include "search/embedded/segment_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "search/embedded/segment_header.h"
#include "search/embedded/segment_io.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// docs/format/vectors.md has the grammar.
constexpr char kRowsMagic[8] = {'S', 'N', 'A', 'P', 'R', 'O', 'W', 'S'};
constexpr std::size_t kChunkRows = VectorTable::kChunkRows;
// Chunks whose names the disk is asked for before they are looked at: some megabytes.
constexpr std::uint32_t kChunksAhead = 64;

SegmentHeader RowsHeader(const RowsSegment& segment, int dim, Metric metric) {
  SegmentHeader header{.dim = static_cast<std::uint32_t>(dim),
                       .metric = static_cast<std::uint32_t>(metric),
                       .first_row = std::uint64_t{segment.first_chunk} * kChunkRows,
                       .rows = std::uint64_t{segment.chunks} * kChunkRows};
  std::memcpy(header.magic, kRowsMagic, sizeof header.magic);
  return header;
}

/// The part of a rows file that has the vectors of a chunk; their names follow.
std::size_t PartOf(std::uint32_t chunk) {
  return 1 + 2 * std::size_t{chunk};
}

std::vector<std::uint64_t> RowsPartBytes(const RowsSegment& segment, std::size_t stride) {
  std::vector<std::uint64_t> bytes = {sizeof(SegmentHeader)};
  for (std::uint32_t i = 0; i < segment.chunks; ++i) {
    bytes.push_back(kChunkRows * stride * sizeof(float));
    bytes.push_back(kChunkRows * (sizeof(VectorId) + sizeof(GroupId)));
  }
  return bytes;
}

}  // namespace

bool IsDamage(const Error& error) {
  return error.code == Code::kCorruption || error.code == Code::kNotFound;
}

std::vector<std::uint64_t> DeadBits(const VectorTable::View& view, Row rows) {
  std::vector<std::uint64_t> bits(rows / 64);
  for (Row row = 0; row < rows; ++row)
    if (!view.IsLive(row)) bits[row / 64] |= std::uint64_t{1} << (row % 64);
  return bits;
}

SegmentFiles::SegmentFiles(FileSystem& file_system, fs::path folder, int dim, Metric metric)
    : file_system_(file_system), folder_(std::move(folder)), dim_(dim), metric_(metric) {}

fs::path SegmentFiles::RowsPath(std::uint64_t number) const {
  return folder_ / fmt::format("{:06}.rows", number);
}

fs::path SegmentFiles::GraphPath(std::uint64_t number) const {
  return folder_ / fmt::format("{:06}.graph", number);
}

Status SegmentFiles::WriteRows(const RowsSegment& segment, const VectorTable::View& view) const {
  SegmentWriter writer(file_system_, RowsPath(segment.number));
  writer.Write(BytesOf(RowsHeader(segment, dim_, metric_)));
  writer.EndPart();
  for (std::size_t chunk = 0; chunk < segment.chunks; ++chunk) {
    const std::size_t first = (segment.first_chunk + chunk) * kChunkRows;
    SNAPSHELF_CHECK(first + kChunkRows <= view.rows());
    writer.WriteAll(std::span(view.values(first), kChunkRows * view.stride()));
    writer.EndPart();
    std::vector<std::uint64_t> names;
    for (std::size_t i = 0; i < kChunkRows; ++i) names.push_back(view.id(first + i));
    for (std::size_t i = 0; i < kChunkRows; ++i) names.push_back(view.group(first + i));
    writer.WriteAll(std::span<const std::uint64_t>(names));
    writer.EndPart();
  }
  return writer.Finish();
}

Status SegmentFiles::SyncFolder() const {
  return file_system_.SyncDirectory(folder_);
}

/// Stands where a lost chunk was, whose rows are all dead.
VectorTable::SealedChunk SegmentFiles::ZeroChunk() const {
  struct alignas(64) Line {
    std::uint64_t words[8] = {};
  };
  const std::size_t value_lines =
      kChunkRows * VectorTable::StrideOf(dim_) * sizeof(float) / sizeof(Line);
  const std::size_t name_lines = kChunkRows * sizeof(VectorId) / sizeof(Line);
  const auto zeros = std::make_shared<const std::vector<Line>>(std::max(value_lines, name_lines));
  return {.values = reinterpret_cast<const float*>(zeros->data()),
          .ids = zeros->data()->words,
          .groups = zeros->data()->words,
          .owner = zeros};
}

/// Nothing but the header may be damaged, and then `header_damage` says so.
Result<SegmentReader> SegmentFiles::ReadRows(const RowsSegment& segment, RowsCheck check,
                                             std::string& header_damage) const {
  const fs::path path = RowsPath(segment.number);
  auto file = file_system_.Map(path, check == RowsCheck::kNames ? MapUse::kRandom : MapUse::kWhole);
  if (!file) return std::unexpected(std::move(file).error());
  auto reader = SegmentReader::Open(std::move(*file), path,
                                    RowsPartBytes(segment, VectorTable::StrideOf(dim_)));
  if (!reader) return reader;
  const Status header = CheckHeader(path, *reader, RowsHeader(segment, dim_, metric_));
  if (header) return reader;
  if (reader->Check(kHeaderPart)) return std::unexpected(header.error());  // it is another file's
  header_damage = header.error().message;
  return reader;
}

void SegmentFiles::OpenChunk(const SegmentReader& reader, std::uint32_t chunk, RowsCheck check,
                             OpenedRows& opened, LostChunks lost) const {
  const std::size_t part = PartOf(chunk);
  const Status names = reader.Check(part + 1);
  const Status values = check == RowsCheck::kEverything ? reader.Check(part) : Status{};
  const auto stored = reader.values<std::uint64_t>(part + 1);
  if (names && values) {
    opened.chunks.push_back({.values = reader.values<float>(part).data(),
                             .ids = stored.data(),
                             .groups = stored.data() + kChunkRows,
                             .owner = reader.file()});
    return;
  }
  lost.why = (names ? values : names).error().message;
  if (names) lost.ids.assign(stored.begin(), stored.begin() + kChunkRows);
  opened.lost.push_back(std::move(lost));
  opened.chunks.push_back(ZeroChunk());
}

Result<OpenedRows> SegmentFiles::OpenRows(const RowsSegment& segment, RowsCheck check) const {
  OpenedRows opened;
  std::string header_damage;
  const auto reader = ReadRows(segment, check, header_damage);
  if (!reader && !IsDamage(reader.error())) return std::unexpected(reader.error());
  if (!reader) {
    opened.chunks.assign(segment.chunks, ZeroChunk());
    opened.lost.push_back({.first_chunk = segment.first_chunk,
                           .chunks = segment.chunks,
                           .why = reader.error().message,
                           .ids = {}});
    return opened;
  }
  if (!header_damage.empty())
    opened.lost.push_back(
        {.first_chunk = segment.first_chunk, .chunks = 0, .why = header_damage, .ids = {}});
  for (std::uint32_t chunk = 0; chunk < segment.chunks; ++chunk) {
    const std::uint32_t ahead = chunk == 0 ? 0 : chunk + kChunksAhead - 1;
    for (std::uint32_t i = ahead; i < std::min(segment.chunks, chunk + kChunksAhead); ++i)
      reader->ReadAhead(PartOf(i) + 1);
    OpenChunk(*reader, chunk, check, opened,
              {.first_chunk = segment.first_chunk + chunk, .chunks = 1, .why = {}, .ids = {}});
  }
  return opened;
}

void SegmentFiles::Remove(std::uint64_t number) const {
  static_cast<void>(file_system_.Remove(RowsPath(number)));
  static_cast<void>(file_system_.Remove(GraphPath(number)));
}

}  // namespace snapshelf
