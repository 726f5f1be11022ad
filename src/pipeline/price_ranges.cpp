#include "pipeline/price_ranges.h"

#include <algorithm>
#include <cstddef>

namespace snapshelf {
namespace {

constexpr std::size_t kRanges = 4;

/// `price` as a multiple of 1, 2 or 5 times a power of ten: as round as it can be without leaving
/// more than half of its way to `lowest`.
std::int64_t RoundedDown(std::int64_t price, std::int64_t lowest) {
  const std::int64_t most = std::max<std::int64_t>((price - lowest) / 2, 1);
  std::int64_t unit = 1;
  while (unit * 10 <= most) unit *= 10;
  std::int64_t step = unit;
  for (const std::int64_t times : {2, 5})
    if (unit * times <= most) step = unit * times;
  return price / step * step;
}

}  // namespace

std::vector<PriceRange> PriceRangesOf(std::vector<std::int64_t> prices) {
  if (prices.empty()) return {};
  std::ranges::sort(prices);
  std::vector<std::int64_t> starts = {prices.front()};
  for (std::size_t part = 1; part < kRanges; ++part) {
    const std::int64_t start = RoundedDown(prices[prices.size() * part / kRanges], prices.front());
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
