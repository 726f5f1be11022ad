#include "search/graph/graph_rows.h"

#include <algorithm>
#include <cstring>

namespace snapshelf {
namespace {

constexpr Row kRowsMin = Row{1} << 16;
// Smaller graphs fit the caches, and whole 2 MiB pages would be mostly empty.
constexpr Row kHugeFrom = Row{1} << 15;
// In shorter codes 16 values of less precision are too many of all.
constexpr std::size_t kCarryingPlaneMin = 64;

}  // namespace

std::optional<GraphRows> GraphRows::Reserve(const Codec& codec) {
  for (Row capacity = kRowsMax; capacity >= kRowsMin; capacity /= 2) {
    GraphRows rows;
    rows.plane_bytes_ = codec.plane_bytes();
    rows.capacity_ = capacity;
    // The lengths of unit vectors are no part of a key, and their scales are below 1.
    rows.carries_scale_ =
        codec.metric() == Metric::kCosine && rows.plane_bytes_ >= kCarryingPlaneMin;
    const std::size_t plane = std::size_t{capacity} * rows.plane_bytes_;
    if (rows.upper_.Reserve(plane) && rows.lower_.Reserve(plane) && rows.terms_.Reserve(capacity) &&
        rows.covered_bits_.Reserve(capacity) && rows.slots_.Reserve(std::size_t{capacity} * kSlots))
      return rows;
  }
  return std::nullopt;
}

void GraphRows::GrowTo(Row rows) {
  if (rows < kHugeFrom || rows <= advised_) return;
  // A fifth ahead, so that the advice is rare and seldom for nothing.
  advised_ = std::min(capacity_, rows + rows / 5);
  upper_.UseHugePages(advised_ * plane_bytes_);
  lower_.UseHugePages(advised_ * plane_bytes_);
  terms_.UseHugePages(advised_);
  covered_bits_.UseHugePages(advised_);
  slots_.UseHugePages(std::size_t{advised_} * kSlots);
}

void GraphRows::CarryScale(Row row) const {
  if (!carries_scale_) return;
  covered_bits_[row] = LowBits(upper(row));
  SetLowBits(upper(row), PackScale(terms_[row].scale));
}

bool GraphRows::AreCopies(Row a, Row b) const {
  return terms_[a] == terms_[b] && (!carries_scale_ || covered_bits_[a] == covered_bits_[b]) &&
         std::memcmp(upper(a), upper(b), plane_bytes_) == 0 &&
         std::memcmp(lower(a), lower(b), plane_bytes_) == 0;
}

void GraphRows::CopyUpper(Row row, std::uint8_t* plane) const {
  std::memcpy(plane, upper(row), plane_bytes_);
  if (carries_scale_) SetLowBits(plane, covered_bits_[row]);
}

}  // namespace snapshelf
