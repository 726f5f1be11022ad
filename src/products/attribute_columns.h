#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "products/compiled_filter.h"
#include "products/product.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What filters look at, of every product, in memory: one array per attribute, indexed by product
/// key, and the keys of each category and brand. 31 bytes a product. A filter that asks for
/// categories or brands looks at their products alone; any other over a million products compiles
/// in a few milliseconds.
///
/// Owned by a product store, which keeps it equal to its tables. threads: safe; Compile calls run
/// side by side, and Set and Remove wait for them.
class AttributeColumns {
 public:
  void Set(std::span<const Product> products);
  void Remove(std::span<const Product> products);

  /// What matches now, of all products or of those `among`; the filter's words are not looked at.
  /// errors: kInvalidArgument for an unknown currency, a price range without currency, and
  /// minimum > maximum.
  [[nodiscard]] Result<CompiledFilter> Compile(
      const ProductFilter& filter,
      const std::optional<std::vector<ProductKey>>& among = std::nullopt) const;

 private:
  /// Text values as small numbers, in the order in which they were first seen.
  struct Names {
    std::map<std::string, std::uint32_t> numbers;
    std::uint32_t NumberOf(const std::string& name);
  };
  /// Of each number of a name, the keys of the products that have or had it.
  using KeyLists = std::vector<std::vector<std::uint32_t>>;
  /// Inclusive, in smallest units of a currency; empty by default.
  struct PriceRange {
    std::int64_t min = 1;
    std::int64_t max = 0;
  };
  /// A filter with all text looked up: what the loop over the products compares.
  struct Wanted {
    std::vector<std::uint8_t> categories;  ///< by number: 1 if wanted
    std::vector<std::uint8_t> brands;      ///< by number: 1 if wanted
    std::vector<std::uint8_t> colors;      ///< by number: 1 if wanted
    std::uint8_t availability = 0;         ///< bit per value
    bool any_price = true;                 ///< no range
    std::vector<PriceRange> prices;        ///< by number of the currency + 1
  };

  void SetOne(const Product& product);
  static void Note(std::uint32_t number, std::size_t key, KeyLists& lists);
  [[nodiscard]] static PriceRange RangeIn(const std::string& currency, const ProductFilter& filter);
  [[nodiscard]] Wanted LookUp(const ProductFilter& filter) const;
  [[nodiscard]] bool Matches(const Wanted& wanted, std::size_t key) const;
  /// A short list that holds all that match, and others; nothing if none is known.
  [[nodiscard]] std::optional<std::vector<ProductKey>> Narrow(const ProductFilter& filter,
                                                              const Wanted& wanted) const;

  mutable std::shared_mutex mutex_;
  Names category_names_;
  Names brand_names_;
  Names color_names_;  ///< whole texts, "Red/White"
  Names currency_names_;
  KeyLists of_category_;
  KeyLists of_brand_;
  std::vector<std::uint32_t> categories_;
  std::vector<std::uint32_t> brands_;
  std::vector<std::uint32_t> colors_;
  std::vector<std::int64_t> price_minors_;
  std::vector<std::uint16_t> currencies_;   ///< number of the name + 1; 0: no price
  std::vector<std::uint8_t> availability_;  ///< bit per value; 0: there is no such product
};

}  // namespace snapshelf
