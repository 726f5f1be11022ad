// Files of graphs: codes, edges, and which rows are dead.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/segment_files.h"
#include "search/embedded/segment_header.h"
#include "search/embedded/segment_io.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// docs/format/vectors.md has the grammar.
constexpr char kGraphMagic[8] = {'S', 'N', 'A', 'P', 'G', 'R', 'P', 'H'};
constexpr std::size_t kChunkRows = VectorTable::kChunkRows;

// The parts of a graph file.
enum GraphPart : std::uint8_t { kMean = kHeaderPart + 1, kDead, kUpper, kLower, kTerms, kSlots };

SegmentHeader GraphHeader(Row rows, std::uint32_t slots, int dim, Metric metric) {
  SegmentHeader header{.dim = static_cast<std::uint32_t>(dim),
                       .metric = static_cast<std::uint32_t>(metric),
                       .rows = rows,
                       .slots = slots};
  std::memcpy(header.magic, kGraphMagic, sizeof header.magic);
  return header;
}

std::vector<std::uint64_t> GraphPartBytes(std::uint64_t dim, std::uint64_t rows,
                                          std::uint32_t slots) {
  const std::uint64_t plane = (dim + 15) / 16 * 16 / 2;
  return {sizeof(SegmentHeader),    dim * sizeof(float),       rows / 8, rows * plane, rows * plane,
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
  SegmentHeader header;
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

Status ReadLower(const SegmentReader& reader, const GraphRows& graph, const std::stop_token& stop) {
  return CopyTo(reader, kLower, graph.lower(0),
                [&](std::size_t, std::span<const std::byte>) -> Status {
                  if (stop.stop_requested()) return Fail(Code::kUnavailable, "asked to stop");
                  return {};
                });
}

/// All but the lower planes.
Result<std::unique_ptr<FlatGraph>> ReadGraph(const fs::path& path, const SegmentReader& reader,
                                             Row rows, const SegmentHeader& header) {
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
  Status slots_read;
  Status upper_read;
  {
    const std::jthread slots([&] {
      slots_read = header.slots == GraphRows::kSlots
                       ? ReadSlots(path, reader, rows, target)
                       : ReadFewerSlots(path, reader, rows, header.slots, target);
    });
    upper_read = ReadUpper(reader, graph->codec().plane_bytes(), target);
  }
  SNAPSHELF_RETURN_IF_ERROR(slots_read);
  SNAPSHELF_RETURN_IF_ERROR(upper_read);
  return graph;
}

}  // namespace

Status SegmentFiles::WriteGraph(std::uint64_t number, const GraphSource& source) const {
  const Codec& codec = source.graph.codec();
  const GraphRows& graph = source.graph.rows();
  SegmentHeader header = GraphHeader(source.rows, GraphRows::kSlots, dim_, metric_);
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

Result<StoredGraph> SegmentFiles::OpenGraph(std::uint64_t number, Row rows, bool strict) const {
  const fs::path path = GraphPath(number);
  const auto file = file_system_.Map(path, MapUse::kWhole);
  if (!file) return std::unexpected(file.error());
  const std::uint32_t slots = SlotsOf((*file)->bytes());
  const auto reader = SegmentReader::Open(
      *file, path, GraphPartBytes(static_cast<std::uint64_t>(dim_), rows, slots));
  if (!reader) return std::unexpected(reader.error());
  SNAPSHELF_RETURN_IF_ERROR(CheckHeader(path, *reader, GraphHeader(rows, slots, dim_, metric_)));
  SegmentHeader header;
  std::memcpy(&header, reader->part(kHeaderPart).data(), sizeof header);

  // Without the dead rows the rest is of no use; without the rest they are.
  StoredGraph stored{.restored = {}, .dead = std::vector<std::uint64_t>(rows / 64)};
  SNAPSHELF_RETURN_IF_ERROR(CopyTo(*reader, kDead, stored.dead.data()));
  auto graph = ReadGraph(path, *reader, rows, header);
  if (!graph && strict) return std::unexpected(graph.error());
  if (!graph) {
    LogWarning("{}; the graph is built again", graph.error().message);
    return stored;
  }
  const GraphRows& target = (*graph)->rows();
  const auto read_lower = [reader = *reader, &target](const std::stop_token& stop) {
    return ReadLower(reader, target, stop);
  };
  if (strict) SNAPSHELF_RETURN_IF_ERROR(read_lower({}));
  stored.restored = {.graph = std::move(*graph),
                     .trained_rows = header.trained_rows,
                     .read_lower_planes = read_lower};
  return stored;
}

}  // namespace snapshelf
