#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

#include "search/embedded/embedded_index.h"

namespace snapshelf::golden {

// What tests/golden/store_v1 holds: made once by make_golden_store, read by every later version.

inline constexpr int kDim = 16;
inline constexpr VectorId kSealed = 4096;  // ids below were sealed, some of them changed since
inline constexpr VectorId kVectors = 5000;
inline constexpr std::size_t kQueries = 20;
inline constexpr int kHits = 10;

inline const EmbeddedOptions kOptions{
    .dim = kDim, .metric = Metric::kCosine, .kind = IndexKind::kGraph, .model_id = "golden 1"};

using Values = std::array<float, kDim>;

/// The same everywhere: sixteen whole numbers.
inline Values ValuesOf(std::uint32_t seed) {
  std::minstd_rand random(seed + 1);
  random.discard(3);
  Values values;
  for (float& value : values) value = static_cast<float>(random() % 2001) - 1000;
  return values;
}

inline Values VectorOf(VectorId id) {
  return ValuesOf(static_cast<std::uint32_t>(id));
}
/// What ids that are a multiple of 200 were replaced by after the sealing.
inline Values NewVectorOf(VectorId id) {
  return ValuesOf(static_cast<std::uint32_t>(id) + 100'000);
}
inline Values QueryOf(std::size_t i) {
  return ValuesOf(static_cast<std::uint32_t>(i) + 200'000);
}

inline bool IsReplaced(VectorId id) {
  return id % 200 == 0;
}
inline bool IsRemoved(VectorId id) {
  return id % 300 == 7;
}

}  // namespace snapshelf::golden
