#include "search/embedded/segment_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/segment_io.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// docs/format/vectors.md has the grammar.
constexpr char kRowsMagic[8] = {'S', 'N', 'A', 'P', 'R', 'O', 'W', 'S'};
constexpr char kGraphMagic[8] = {'S', 'N', 'A', 'P', 'G', 'R', 'P', 'H'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChunkRows = VectorTable::kChunkRows;
// Chunks whose names the disk is asked for before they are looked at: some megabytes.
constexpr std::uint32_t kChunksAhead = 64;

struct FileHeader {
  char magic[8] = {};
  std::uint32_t version = kVersion;
  std::uint32_t dim = 0;
  std::uint32_t metric = 0;
  std::uint32_t chunk_rows = kChunkRows;
  std::uint64_t first_row = 0;
  std::uint64_t rows = 0;
  std::uint64_t trained_rows = 0;  // of a graph, like all below
  std::uint32_t slots = 0;
  float longest = 0;
};
static_assert(sizeof(FileHeader) == 56, "written as memory lies, without gaps");

// The parts of a graph file; a rows file begins with a header too.
enum GraphPart : std::uint8_t { kHeader, kMean, kDead, kUpper, kLower, kTerms, kSlots };

template <class T>
std::span<const std::byte> BytesOf(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

FileHeader RowsHeader(const RowsSegment& segment, int dim, Metric metric) {
  FileHeader header{.dim = static_cast<std::uint32_t>(dim),
                    .metric = static_cast<std::uint32_t>(metric),
                    .first_row = std::uint64_t{segment.first_chunk} * kChunkRows,
                    .rows = std::uint64_t{segment.chunks} * kChunkRows};
  std::memcpy(header.magic, kRowsMagic, sizeof header.magic);
  return header;
}

FileHeader GraphHeader(Row rows, std::uint32_t slots, int dim, Metric metric) {
  FileHeader header{.dim = static_cast<std::uint32_t>(dim),
                    .metric = static_cast<std::uint32_t>(metric),
                    .rows = rows,
                    .slots = slots};
  std::memcpy(header.magic, kGraphMagic, sizeof header.magic);
  return header;
}

Status CheckHeader(const fs::path& path, const SegmentReader& reader, const FileHeader& expected) {
  SNAPSHELF_RETURN_IF_ERROR(reader.Check(kHeader));
  FileHeader header;
  std::memcpy(&header, reader.part(kHeader).data(), sizeof header);
  if (std::memcmp(header.magic, expected.magic, sizeof header.magic) == 0 &&
      header.version > kVersion)
    return Fail(Code::kUnimplemented, fmt::format("{}: of version {}, this program knows {}; use a "
                                                  "newer snapshelf",
                                                  path.string(), header.version, kVersion));
  header.trained_rows = expected.trained_rows;
  header.longest = expected.longest;
  if (std::memcmp(&header, &expected, sizeof header) != 0)
    return Fail(Code::kCorruption,
                fmt::format("{}: its header is that of another file or store", path.string()));
  return {};
}

/// The part of a rows file that has the vectors of a chunk; their names follow.
std::size_t PartOf(std::uint32_t chunk) {
  return 1 + 2 * std::size_t{chunk};
}

std::vector<std::uint64_t> RowsPartBytes(const RowsSegment& segment, std::size_t stride) {
  std::vector<std::uint64_t> bytes = {sizeof(FileHeader)};
  for (std::uint32_t i = 0; i < segment.chunks; ++i) {
    bytes.push_back(kChunkRows * stride * sizeof(float));
    bytes.push_back(kChunkRows * (sizeof(VectorId) + sizeof(GroupId)));
  }
  return bytes;
}

std::vector<std::uint64_t> GraphPartBytes(std::uint64_t dim, std::uint64_t rows,
                                          std::uint32_t slots) {
  const std::uint64_t plane = (dim + 15) / 16 * 16 / 2;
  return {sizeof(FileHeader),       dim * sizeof(float),       rows / 8, rows * plane, rows * plane,
          rows * sizeof(CodeTerms), rows * slots * sizeof(Row)};
}

void WriteUpper(const GraphRows& graph, Row rows, std::size_t plane_bytes, SegmentWriter& writer) {
  std::vector<std::uint8_t> block(kChunkRows * plane_bytes);
  for (Row first = 0; first < rows; first += kChunkRows) {
    for (Row i = 0; i < kChunkRows; ++i) graph.CopyUpper(first + i, block.data() + i * plane_bytes);
    writer.WriteAll(std::span<const std::uint8_t>(block));
  }
}

/// Edges to rows that are not in the file are left out.
void WriteSlots(const GraphRows& graph, Row rows, SegmentWriter& writer) {
  std::vector<Row> block;
  for (Row row = 0; row < rows; ++row) {
    const std::size_t start = block.size();
    for (std::size_t i = 0; i < GraphRows::kSlots; ++i) {
      const Row stored = graph.slots(row)[i].load(std::memory_order_acquire);
      if (stored != 0 && stored <= rows) block.push_back(stored);
    }
    block.resize(start + GraphRows::kSlots);
    if ((row + 1) % kChunkRows != 0) continue;
    writer.WriteAll(std::span<const Row>(block));
    block.clear();
  }
}

/// Of a graph file that was not checked yet: graphs of before had 24.
std::uint32_t SlotsOf(std::span<const std::byte> file) {
  FileHeader header;
  if (file.size() < sizeof header) return GraphRows::kSlots;
  std::memcpy(&header, file.data(), sizeof header);
  return header.slots > 0 && header.slots < GraphRows::kSlots ? header.slots : GraphRows::kSlots;
}

/// Copies a part to `target`, and hands each block to `take`.
Status CopyTo(const SegmentReader& reader, std::size_t part, void* target,
              const SegmentReader::Take& take = nullptr) {
  auto* const bytes = static_cast<std::byte*>(target);
  return reader.Read(part, [&](std::size_t offset) { return bytes + offset; }, take);
}

/// errors: kCorruption if an edge leads nowhere; checked because a walk does not.
Status CheckEdges(const fs::path& path, const GraphRows& graph, Row from, Row to, Row rows) {
  Row highest = 0;
  for (const GraphRows::Slot* slot = graph.slots(from); slot < graph.slots(to); ++slot)
    highest = std::max(highest, slot->load(std::memory_order_relaxed));
  if (highest <= rows) return {};
  return Fail(Code::kCorruption,
              fmt::format("{}: an edge to row {} of {}", path.string(), highest, rows));
}

/// Of a file whose rows have as many slots as the graph.
Status ReadSlots(const fs::path& path, const SegmentReader& reader, Row rows,
                 const GraphRows& graph) {
  static_assert(sizeof(GraphRows::Slot) == sizeof(Row) && GraphRows::Slot::is_always_lock_free);
  return CopyTo(reader, kSlots, graph.slots(0),
                [&](std::size_t offset, std::span<const std::byte> block) {
                  constexpr std::size_t kRowBytes = GraphRows::kSlots * sizeof(Row);
                  const auto from = static_cast<Row>(offset / kRowBytes);
                  const auto to = static_cast<Row>((offset + block.size()) / kRowBytes);
                  return CheckEdges(path, graph, from, to, rows);
                });
}

/// Of a file whose rows have `slots` each, fewer than the graph has.
Status ReadFewerSlots(const fs::path& path, const SegmentReader& reader, Row rows,
                      std::uint32_t slots, const GraphRows& graph) {
  std::vector<Row> buffer(kReadBytes / sizeof(Row));
  const auto take = [&](std::size_t offset, std::span<const std::byte> block) {
    const Row* edge = buffer.data();
    const auto from = static_cast<Row>(offset / sizeof(Row) / slots);
    const Row to = from + static_cast<Row>(block.size() / sizeof(Row) / slots);
    for (Row row = from; row < to; ++row)
      for (std::uint32_t i = 0; i < slots; ++i)
        graph.slots(row)[i].store(*edge++, std::memory_order_relaxed);
    return CheckEdges(path, graph, from, to, rows);
  };
  return reader.Read(
      kSlots, [&](std::size_t) { return reinterpret_cast<std::byte*>(buffer.data()); }, take);
}

/// Terms, and the upper planes that may carry a part of them.
Status ReadUpper(const SegmentReader& reader, std::size_t plane_bytes, const GraphRows& graph) {
  SNAPSHELF_RETURN_IF_ERROR(CopyTo(reader, kTerms, &graph.terms(0)));
  return CopyTo(reader, kUpper, graph.upper(0),
                [&](std::size_t offset, std::span<const std::byte> block) -> Status {
                  // A row that goes on in the next block is finished there.
                  const auto from = static_cast<Row>(offset / plane_bytes);
                  const auto to = static_cast<Row>((offset + block.size()) / plane_bytes);
                  for (Row row = from; row < to; ++row) graph.CarryScale(row);
                  return {};
                });
}

Result<std::unique_ptr<FlatGraph>> ReadGraph(const fs::path& path, const SegmentReader& reader,
                                             Row rows, const FileHeader& header) {
  SNAPSHELF_RETURN_IF_ERROR(reader.Check(kMean));
  const auto mean = reader.values<float>(kMean);
  auto graph =
      FlatGraph::Create(Codec(static_cast<int>(header.dim), static_cast<Metric>(header.metric),
                              {mean.begin(), mean.end()}, header.longest));
  if (graph == nullptr || graph->capacity() < rows)
    return Fail(Code::kUnavailable,
                fmt::format("{}: no address space for a graph of {} rows", path.string(), rows));
  graph->GrowTo(rows);
  const GraphRows& target = graph->rows();
  // Each waits for the disk, which serves several at a time.
  std::array<Status, 3> read;
  {
    const std::jthread slots([&] {
      read[0] = header.slots == GraphRows::kSlots
                    ? ReadSlots(path, reader, rows, target)
                    : ReadFewerSlots(path, reader, rows, header.slots, target);
    });
    const std::jthread lower([&] { read[1] = CopyTo(reader, kLower, target.lower(0)); });
    read[2] = ReadUpper(reader, graph->codec().plane_bytes(), target);
  }
  for (const Status& one : read) SNAPSHELF_RETURN_IF_ERROR(one);
  return graph;
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

Status SegmentFiles::WriteGraph(std::uint64_t number, const GraphSource& source) const {
  const Codec& codec = source.graph.codec();
  const GraphRows& graph = source.graph.rows();
  FileHeader header = GraphHeader(source.rows, GraphRows::kSlots, dim_, metric_);
  header.trained_rows = source.trained_rows;
  header.longest = codec.longest();
  SegmentWriter writer(file_system_, GraphPath(number));
  writer.Write(BytesOf(header));
  writer.EndPart();
  writer.WriteAll(std::span<const float>(codec.mean()));
  writer.EndPart();
  writer.WriteAll(std::span<const std::uint64_t>(DeadBits(source.view, source.rows)));
  writer.EndPart();
  const std::size_t plane_bytes = source.rows * codec.plane_bytes();
  WriteUpper(graph, source.rows, codec.plane_bytes(), writer);
  writer.EndPart();
  writer.WriteAll(std::span<const std::uint8_t>(graph.lower(0), plane_bytes));
  writer.EndPart();
  writer.WriteAll(std::span<const CodeTerms>(&graph.terms(0), source.rows));
  writer.EndPart();
  WriteSlots(graph, source.rows, writer);
  writer.EndPart();
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
  if (reader->Check(kHeader)) return std::unexpected(header.error());  // it is another file's
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

Result<StoredGraph> SegmentFiles::OpenGraph(std::uint64_t number, Row rows, bool strict) const {
  const fs::path path = GraphPath(number);
  const auto file = file_system_.Map(path, MapUse::kWhole);
  if (!file) return std::unexpected(file.error());
  const std::uint32_t slots = SlotsOf((*file)->bytes());
  const auto reader = SegmentReader::Open(
      *file, path, GraphPartBytes(static_cast<std::uint64_t>(dim_), rows, slots));
  if (!reader) return std::unexpected(reader.error());
  SNAPSHELF_RETURN_IF_ERROR(CheckHeader(path, *reader, GraphHeader(rows, slots, dim_, metric_)));
  FileHeader header;
  std::memcpy(&header, reader->part(kHeader).data(), sizeof header);

  // Without the dead rows the rest is of no use; without the rest they are.
  StoredGraph stored{.graph = nullptr,
                     .trained_rows = header.trained_rows,
                     .dead = std::vector<std::uint64_t>(rows / 64)};
  SNAPSHELF_RETURN_IF_ERROR(CopyTo(*reader, kDead, stored.dead.data()));
  auto graph = ReadGraph(path, *reader, rows, header);
  if (graph) {
    stored.graph = std::move(*graph);
    return stored;
  }
  if (strict) return std::unexpected(graph.error());
  LogWarning("{}; the graph is built again", graph.error().message);
  return stored;
}

void SegmentFiles::Remove(std::uint64_t number) const {
  static_cast<void>(file_system_.Remove(RowsPath(number)));
  static_cast<void>(file_system_.Remove(GraphPath(number)));
}

}  // namespace snapshelf
