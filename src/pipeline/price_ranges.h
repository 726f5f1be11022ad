#pragma once

#include <cstdint>
#include <vector>

namespace snapshelf {

/// Prices from `min` to `max`, both inclusive, in minor units.
struct PriceRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
  int count = 0;
  bool operator==(const PriceRange&) const = default;
};

/// Up to four ranges that share `prices` about evenly, ascending from the lowest price to the
/// highest; they begin at round amounts, and none is empty. None where the prices do not differ
/// enough for two. `prices` are in minor units, in any order.
[[nodiscard]] std::vector<PriceRange> PriceRangesOf(std::vector<std::int64_t> prices);

}  // namespace snapshelf
