#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rerank/local_features.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// The most keypoints that a record holds: with 134 bytes each and 32 for the frame, no record is
/// larger than 26,832 bytes.
inline constexpr std::size_t kRecordKeypointsMax = 200;
inline constexpr std::size_t kRecordBytesMax = 32 + kRecordKeypointsMax * 134;

/// The features as the bytes of docs/format/local_features.md; keypoints beyond
/// kRecordKeypointsMax, the weakest, are left out. Positions come back within 1/65,535 of the
/// region's side, sizes within 3 %, angles within 0.8 degrees, descriptors as they were.
[[nodiscard]] std::vector<std::byte> WriteFeatureRecord(const LocalFeatures& features);

/// errors:  kCorruption for bytes that are no whole record, kUnimplemented for a newer version.
/// threads: safe.
[[nodiscard]] Result<LocalFeatures> ReadFeatureRecord(std::span<const std::byte> bytes);

}  // namespace snapshelf
