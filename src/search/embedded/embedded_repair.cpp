// What becomes of damaged files: they are told of, the rest is served, and Repair writes it anew.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/log.h"
#include "search/embedded/embedded_impl.h"

namespace snapshelf {
namespace {

constexpr std::size_t kChunkRows = VectorTable::kChunkRows;

struct RowRange {
  std::size_t from;
  std::size_t to;
};

RowRange RangeOf(const LostChunks& lost) {
  return {.from = lost.first_chunk * kChunkRows,
          .to = (std::size_t{lost.first_chunk} + lost.chunks) * kChunkRows};
}

}  // namespace

/// Makes the rows of what was lost dead, and tells of it.
void EmbeddedIndex::Impl::TakeLost(std::vector<LostChunks> found,
                                   std::vector<std::uint64_t>& dead) {
  lost = std::move(found);
  std::size_t all_rows = 0;
  for (LostChunks& one : lost) {
    std::size_t rows = 0;
    std::vector<VectorId> living;
    const RowRange range = RangeOf(one);
    for (std::size_t row = range.from; row < range.to; ++row) {
      if (IsDead(dead, row)) continue;
      ++rows;
      if (!one.ids.empty()) living.push_back(one.ids[row - range.from]);
      dead[row / 64] |= std::uint64_t{1} << (row % 64);
    }
    one.ids = std::move(living);
    all_rows += rows;
    LogError("{}: {} vectors cannot be found until `snapshelf verify --repair` makes them anew",
             one.why, rows);
  }
  lost_rows = all_rows;
}

bool EmbeddedIndex::Impl::IsLost(const RowsSegment& rows) const {
  return std::ranges::any_of(lost, [&](const LostChunks& one) {
    return one.first_chunk >= rows.first_chunk && one.first_chunk < rows.first_chunk + rows.chunks;
  });
}

void EmbeddedIndex::Impl::VerifySegments(const LoggedSegments& stored,
                                         std::unordered_set<VectorId>& live,
                                         std::vector<std::string>& problems) const {
  if (stored.rows.empty()) return;
  const auto read = segment_files.OpenGraph(stored.graph, RowsOf(stored), /*strict=*/true);
  if (!read) problems.push_back(read.error().message);
  if (!read && stored.dead.empty()) return;
  const std::vector<std::uint64_t>& dead = stored.dead.empty() ? read->dead : stored.dead;
  for (const RowsSegment& rows : stored.rows) {
    const auto opened = segment_files.OpenRows(rows, RowsCheck::kEverything);
    if (!opened) {
      problems.push_back(opened.error().message);
      continue;
    }
    for (const LostChunks& one : opened->lost) problems.push_back(one.why);
    for (std::size_t i = 0; i < rows.chunks * kChunkRows; ++i)
      if (!IsDead(dead, rows.first_chunk * kChunkRows + i))
        live.insert(opened->chunks[i / kChunkRows].ids[i % kChunkRows]);
  }
}

Status EmbeddedIndex::Impl::Verify() const {
  const std::scoped_lock lock(writer_mutex);
  std::unordered_set<VectorId> live;
  std::vector<std::string> problems;
  const auto read = VerifyLog(file_system, LogPath(), [&](std::span<const std::byte> bytes) {
    const auto record = DecodeRecord(bytes);
    if (!record) return Status(std::unexpected(record.error()));
    if (const auto* added = std::get_if<LoggedAdd>(&*record)) live.insert(added->id);
    if (const auto* removed = std::get_if<LoggedRemove>(&*record)) live.erase(removed->id);
    if (const auto* stored = std::get_if<LoggedSegments>(&*record))
      VerifySegments(*stored, live, problems);
    return Status{};
  });
  if (!read) problems.push_back(read.error().message);
  const std::size_t in_memory = index->stats().vectors;
  if (problems.empty() && live.size() != in_memory)
    problems.push_back(fmt::format("{}: holds {} vectors, the index in memory {}",
                                   LogPath().string(), live.size(), in_memory));
  if (problems.empty()) return {};
  return Fail(Code::kCorruption, fmt::format("{}", fmt::join(problems, "\n")));
}

std::vector<VectorId> EmbeddedIndex::Impl::LostAndBeside() const {
  const std::scoped_lock lock(writer_mutex);
  std::vector<VectorId> ids;
  if (segments_table == nullptr) return ids;
  const VectorTable::View view = segments_table->view();
  for (const LostChunks& one : lost) {
    if (one.chunks == 0) continue;
    ids.insert(ids.end(), one.ids.begin(), one.ids.end());
    const RowRange range = RangeOf(one);
    if (range.from > 0 && view.IsLive(range.from - 1)) ids.push_back(view.id(range.from - 1));
    if (range.to < view.rows() && view.IsLive(range.to)) ids.push_back(view.id(range.to));
  }
  return ids;
}

Status EmbeddedIndex::Impl::Repair() {
  {
    const std::scoped_lock lock(writer_mutex);
    SNAPSHELF_RETURN_IF_ERROR(CheckWritable());
    if (lost.empty()) return {};
  }
  if (graph != nullptr) {
    graph->WaitUntilSettled();
    SNAPSHELF_RETURN_IF_ERROR(SealOrRepair());
  }
  const std::scoped_lock lock(writer_mutex);
  return lost.empty() ? Status{} : Compact();  // there is no graph that could be sealed
}

}  // namespace snapshelf
