#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "snapshelf/vector_index.h"

namespace snapshelf {

// The records of a vector log and their bytes (docs/format/vectors.md).

/// The first record: what all vectors of the log have in common.
struct LogMeta {
  int dim = 0;
  Metric metric = Metric::kCosine;
  std::string model_id;
  friend bool operator==(const LogMeta&, const LogMeta&) = default;
};

struct LoggedAdd {
  VectorId id = 0;
  GroupId group = 0;
  std::vector<float> values;
};

struct LoggedRemove {
  VectorId id = 0;
};

/// A file of sealed rows: chunks of VectorTable::kChunkRows rows.
struct RowsSegment {
  std::uint64_t number = 0;  ///< of its file
  std::uint32_t first_chunk = 0;
  std::uint32_t chunks = 0;
  friend bool operator==(const RowsSegment&, const RowsSegment&) = default;
};

/// What lies in files beside the log; the records behind it changed it since.
struct LoggedSegments {
  std::uint64_t graph = 0;  ///< number of its file; 0 without rows
  std::vector<RowsSegment> rows;
  std::vector<std::uint64_t> dropped;  ///< numbers of files that are no part of the store any more
  /// [rows / 64] bits, the lowest first: rows that are no part of the store. Empty in logs of
  /// version 2, where only the graph file has them.
  std::vector<std::uint64_t> dead;
  friend bool operator==(const LoggedSegments&, const LoggedSegments&) = default;
};

using LogRecord = std::variant<LogMeta, LoggedAdd, LoggedRemove, LoggedSegments>;
using RecordBytes = std::vector<std::byte>;

/// `with_segments`: a LoggedSegments follows, which older programs do not know.
[[nodiscard]] RecordBytes EncodeMeta(const LogMeta& meta, bool with_segments = false);
[[nodiscard]] RecordBytes EncodeSegments(const LoggedSegments& segments);
[[nodiscard]] RecordBytes EncodeAdd(const VectorRecord& record);
[[nodiscard]] RecordBytes EncodeRemove(VectorId id);

/// errors: kCorruption if the bytes follow no rule of the grammar, kUnimplemented for a record of a
/// newer version.
[[nodiscard]] Result<LogRecord> DecodeRecord(std::span<const std::byte> bytes);

}  // namespace snapshelf
