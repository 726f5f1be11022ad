#include "products/compiled_filter.h"

#include <algorithm>
#include <bit>

namespace snapshelf {

CompiledFilter PassKeys(std::vector<ProductKey> keys) {
  auto few = std::make_shared<const std::vector<ProductKey>>(std::move(keys));
  return {.passes = [few](ProductKey key) { return std::ranges::binary_search(*few, key); },
          .few = few};
}

CompiledFilter PassBits(std::vector<std::uint64_t> bits) {
  std::size_t count = 0;
  for (const std::uint64_t word : bits) count += static_cast<std::size_t>(std::popcount(word));
  if (count <= kFewKeys) {
    std::vector<ProductKey> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i < bits.size(); ++i)
      for (std::uint64_t word = bits[i]; word != 0; word &= word - 1)
        keys.push_back(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
    return PassKeys(std::move(keys));
  }
  auto shared = std::make_shared<const std::vector<std::uint64_t>>(std::move(bits));
  return {.passes =
              [shared](ProductKey key) {
                return key / 64 < shared->size() && (((*shared)[key / 64] >> (key % 64)) & 1) != 0;
              },
          .few = nullptr};
}

}  // namespace snapshelf
