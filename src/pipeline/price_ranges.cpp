#include "pipeline/price_ranges.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace snapshelf {
namespace {

constexpr std::size_t kRanges = 4;
// What people take for round, times a power of ten.
constexpr std::array<std::int64_t, 9> kRound = {10, 15, 20, 25, 30, 40, 50, 60, 80};

/// The highest round amount that is not above `price`.
std::int64_t RoundedDown(std::int64_t price) {
  std::int64_t unit = 1;
  while (price / unit >= 100) unit *= 10;
  std::int64_t rounded = price;  // below ten of the smallest unit every amount is round
  for (const std::int64_t round : kRound)
    if (round * unit <= price) rounded = round * unit;
  return rounded;
}

}  // namespace

std::vector<PriceRange> PriceRangesOf(std::vector<std::int64_t> prices) {
  if (prices.empty()) return {};
  std::ranges::sort(prices);
  std::vector<std::int64_t> starts = {prices.front()};
  for (std::size_t part = 1; part < kRanges; ++part) {
    const std::int64_t start = RoundedDown(prices[prices.size() * part / kRanges]);
    if (start > starts.back()) starts.push_back(start);
  }
  std::vector<PriceRange> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t max = i + 1 < starts.size() ? starts[i + 1] - 1 : prices.back();
    const auto first = std::ranges::lower_bound(prices, starts[i]);
    const auto last = std::ranges::upper_bound(prices, max);
    ranges.push_back({.min = starts[i], .max = max, .count = static_cast<int>(last - first)});
  }
  std::erase_if(ranges, [](const PriceRange& range) { return range.count == 0; });
  if (ranges.size() < 2) return {};
  return ranges;
}

}  // namespace snapshelf
