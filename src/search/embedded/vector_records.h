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

using LogRecord = std::variant<LogMeta, LoggedAdd, LoggedRemove>;
using RecordBytes = std::vector<std::byte>;

[[nodiscard]] RecordBytes EncodeMeta(const LogMeta& meta);
[[nodiscard]] RecordBytes EncodeAdd(const VectorRecord& record);
[[nodiscard]] RecordBytes EncodeRemove(VectorId id);

/// errors: kCorruption if the bytes follow no rule of the grammar, kUnimplemented for a record of a
/// newer version.
[[nodiscard]] Result<LogRecord> DecodeRecord(std::span<const std::byte> bytes);

}  // namespace snapshelf
