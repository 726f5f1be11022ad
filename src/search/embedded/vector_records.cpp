#include "search/embedded/vector_records.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace snapshelf {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as memory lies");

// Numbers on disk never change their meaning.
constexpr std::uint8_t kMeta = 1;
constexpr std::uint8_t kAdd = 2;
constexpr std::uint8_t kRemove = 3;
constexpr std::uint8_t kSegments = 4;
constexpr std::uint8_t kPlainVersion = 1;
constexpr std::uint8_t kMetaVersion = 3;       // segments may follow, since 3 with dead rows
constexpr std::uint32_t kChunksMax = 1 << 15;  // rows that a graph can have
constexpr std::uint64_t kDeadWordsPerChunk = 4096 / 64;
constexpr std::uint8_t kMetrics = 3;  // kCosine 0, kInnerProduct 1, kL2 2

template <class T>
void Put(RecordBytes& out, const T& value) {
  static_assert(std::is_arithmetic_v<T>);
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Reads values from the front of a record; `ok` turns false when one is missing.
struct Cursor {
  std::span<const std::byte> rest;
  bool ok = true;

  template <class T>
  T Take() {
    T value{};
    if (rest.size() < sizeof value) {
      ok = false;
      return value;
    }
    std::memcpy(&value, rest.data(), sizeof value);
    rest = rest.subspan(sizeof value);
    return value;
  }
};

std::unexpected<Error> Unreadable(std::uint8_t type, std::size_t size) {
  return Fail(Code::kCorruption,
              fmt::format("unreadable vector record of type {} and {} bytes", type, size));
}

Result<LogRecord> DecodeMeta(Cursor cursor, std::size_t size) {
  const auto version = cursor.Take<std::uint8_t>();
  if (cursor.ok && version > kMetaVersion)
    return Fail(Code::kUnimplemented,
                fmt::format("vector log of version {}, this program knows {}; use a newer "
                            "snapshelf",
                            version, kMetaVersion));
  const auto metric = cursor.Take<std::uint8_t>();
  const auto dim = cursor.Take<std::uint32_t>();
  const auto model_bytes = cursor.Take<std::uint32_t>();
  if (!cursor.ok || version < kPlainVersion || metric >= kMetrics || dim == 0 || dim > 1U << 20 ||
      cursor.rest.size() != model_bytes)
    return Unreadable(kMeta, size);
  return LogMeta{.dim = static_cast<int>(dim),
                 .metric = static_cast<Metric>(metric),
                 .model_id = {reinterpret_cast<const char*>(cursor.rest.data()), model_bytes}};
}

Result<LogRecord> DecodeAdd(Cursor cursor, std::size_t size) {
  LoggedAdd add;
  add.id = cursor.Take<std::uint64_t>();
  add.group = cursor.Take<std::uint64_t>();
  if (!cursor.ok || cursor.rest.size() % sizeof(float) != 0) return Unreadable(kAdd, size);
  add.values.resize(cursor.rest.size() / sizeof(float));
  std::memcpy(add.values.data(), cursor.rest.data(), cursor.rest.size());
  return add;
}

Result<LogRecord> DecodeSegments(Cursor cursor, std::size_t size) {
  LoggedSegments segments;
  segments.graph = cursor.Take<std::uint64_t>();
  std::uint64_t next_chunk = 0;
  for (auto rest = cursor.Take<std::uint32_t>(); rest > 0 && cursor.ok; --rest) {
    RowsSegment rows;
    rows.number = cursor.Take<std::uint64_t>();
    rows.first_chunk = cursor.Take<std::uint32_t>();
    rows.chunks = cursor.Take<std::uint32_t>();
    if (rows.first_chunk != next_chunk || rows.chunks == 0 || rows.chunks > kChunksMax)
      return Unreadable(kSegments, size);
    next_chunk += rows.chunks;
    segments.rows.push_back(rows);
  }
  for (auto rest = cursor.Take<std::uint32_t>(); rest > 0 && cursor.ok; --rest)
    segments.dropped.push_back(cursor.Take<std::uint64_t>());
  if (!cursor.rest.empty()) {
    for (auto rest = cursor.Take<std::uint32_t>(); rest > 0 && cursor.ok; --rest)
      segments.dead.push_back(cursor.Take<std::uint64_t>());
    cursor.ok = cursor.ok &&
                (segments.dead.empty() || segments.dead.size() == next_chunk * kDeadWordsPerChunk);
  }
  if (!cursor.ok || !cursor.rest.empty() || segments.rows.empty() != (segments.graph == 0) ||
      next_chunk > kChunksMax)
    return Unreadable(kSegments, size);
  return segments;
}

}  // namespace

RecordBytes EncodeMeta(const LogMeta& meta, bool with_segments) {
  RecordBytes out;
  Put(out, kMeta);
  Put(out, with_segments ? kMetaVersion : kPlainVersion);
  Put(out, static_cast<std::uint8_t>(meta.metric));
  Put(out, static_cast<std::uint32_t>(meta.dim));
  Put(out, static_cast<std::uint32_t>(meta.model_id.size()));
  const auto model = std::as_bytes(std::span(meta.model_id));
  out.insert(out.end(), model.begin(), model.end());
  return out;
}

RecordBytes EncodeSegments(const LoggedSegments& segments) {
  RecordBytes out;
  Put(out, kSegments);
  Put(out, segments.graph);
  Put(out, static_cast<std::uint32_t>(segments.rows.size()));
  for (const RowsSegment& rows : segments.rows) {
    Put(out, rows.number);
    Put(out, rows.first_chunk);
    Put(out, rows.chunks);
  }
  Put(out, static_cast<std::uint32_t>(segments.dropped.size()));
  for (const std::uint64_t number : segments.dropped) Put(out, number);
  Put(out, static_cast<std::uint32_t>(segments.dead.size()));
  for (const std::uint64_t word : segments.dead) Put(out, word);
  return out;
}

RecordBytes EncodeAdd(const VectorRecord& record) {
  RecordBytes out;
  out.reserve(1 + 2 * sizeof(std::uint64_t) + record.values.size_bytes());
  Put(out, kAdd);
  Put(out, record.id);
  Put(out, record.group);
  const auto values = std::as_bytes(record.values);
  out.insert(out.end(), values.begin(), values.end());
  return out;
}

RecordBytes EncodeRemove(VectorId id) {
  RecordBytes out;
  Put(out, kRemove);
  Put(out, id);
  return out;
}

Result<LogRecord> DecodeRecord(std::span<const std::byte> bytes) {
  Cursor cursor{.rest = bytes};
  const auto type = cursor.Take<std::uint8_t>();
  if (cursor.ok && type == kMeta) return DecodeMeta(cursor, bytes.size());
  if (cursor.ok && type == kAdd) return DecodeAdd(cursor, bytes.size());
  if (cursor.ok && type == kRemove) {
    const LoggedRemove remove{.id = cursor.Take<std::uint64_t>()};
    if (cursor.ok && cursor.rest.empty()) return remove;
  }
  if (cursor.ok && type == kSegments) return DecodeSegments(cursor, bytes.size());
  return Unreadable(type, bytes.size());
}

}  // namespace snapshelf
