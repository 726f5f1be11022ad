#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "products/product.h"

namespace snapshelf {

/// What a filter let through when it was compiled: of products that are added later nothing, but
/// for an empty filter. Copies share it. threads: safe.
struct CompiledFilter {
  std::function<bool(ProductKey)> passes;  ///< cheap to call
  /// All keys that pass, ascending; null where they are more than kFewKeys. An index that is given
  /// these looks at nothing else.
  std::shared_ptr<const std::vector<ProductKey>> few;
};

inline constexpr std::size_t kFewKeys = 50'000;

/// `keys`: ascending, at most kFewKeys.
[[nodiscard]] CompiledFilter PassKeys(std::vector<ProductKey> keys);
/// Bit key % 64 of bits[key / 64] says whether a key passes.
[[nodiscard]] CompiledFilter PassBits(std::vector<std::uint64_t> bits);

}  // namespace snapshelf
