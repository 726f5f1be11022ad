#include "products/attribute_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>

#include "base/check.h"
#include "products/exchange_rates.h"

namespace snapshelf {
namespace {

constexpr std::string_view kPathSeparator = " > ";
constexpr std::int64_t kMinorMax = std::numeric_limits<std::int64_t>::max();

// "Kitchen" holds "Kitchen" and "Kitchen > Mugs", but not "Kitchenware".
bool Holds(std::string_view tree, std::string_view path) {
  return path.starts_with(tree) &&
         (path.size() == tree.size() || path.substr(tree.size()).starts_with(kPathSeparator));
}

std::uint8_t Bit(Availability availability) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(availability));
}

Status CheckPriceRange(const ProductFilter& filter) {
  const bool has_range = filter.price_minor_min || filter.price_minor_max;
  if (has_range && filter.currency.empty())
    return Fail(Code::kInvalidArgument, "a price range needs its currency, such as currency=EUR");
  if (!filter.currency.empty())
    if (const auto exponent = CurrencyExponent(filter.currency); !exponent)
      return std::unexpected(exponent.error());
  if (filter.price_minor_min && filter.price_minor_max &&
      *filter.price_minor_min > *filter.price_minor_max)
    return Fail(
        Code::kInvalidArgument,
        fmt::format("price range: the minimum {} is above the maximum {}",
                    FormatAmount({.minor = *filter.price_minor_min, .currency = filter.currency}),
                    FormatAmount({.minor = *filter.price_minor_max, .currency = filter.currency})));
  return {};
}

}  // namespace

std::uint32_t AttributeColumns::Names::NumberOf(const std::string& name) {
  return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
}

void AttributeColumns::Set(std::span<const Product> products) {
  const std::unique_lock lock(mutex_);
  for (const Product& product : products) SetOne(product);
}

void AttributeColumns::SetOne(const Product& product) {
  const std::size_t key = product.key;
  if (key >= availability_.size()) {
    // push_back's growth, so that adding products one by one stays linear.
    const std::size_t size = std::max(key + 1, availability_.size() * 2);
    categories_.resize(size);
    brands_.resize(size);
    colors_.resize(size);
    price_minors_.resize(size);
    currencies_.resize(size);
    availability_.resize(size);
  }
  const std::uint32_t category = category_names_.NumberOf(product.category);
  const std::uint32_t brand = brand_names_.NumberOf(product.brand);
  const bool is_new = availability_[key] == 0;
  if (is_new || categories_[key] != category) Note(category, key, of_category_);
  if (is_new || brands_[key] != brand) Note(brand, key, of_brand_);
  categories_[key] = category;
  brands_[key] = brand;
  colors_[key] = color_names_.NumberOf(product.color);
  price_minors_[key] = product.price ? product.price->minor : 0;
  currencies_[key] =
      product.price
          ? static_cast<std::uint16_t>(currency_names_.NumberOf(product.price->currency) + 1)
          : std::uint16_t{0};
  availability_[key] = Bit(product.availability);
}

void AttributeColumns::Note(std::uint32_t number, std::size_t key, KeyLists& lists) {
  if (number >= lists.size()) lists.resize(number + 1);
  lists[number].push_back(static_cast<std::uint32_t>(key));
}

void AttributeColumns::Remove(std::span<const Product> products) {
  const std::unique_lock lock(mutex_);
  for (const Product& product : products)
    if (product.key < availability_.size()) availability_[product.key] = 0;
}

/// Conversion keeps the order of amounts, so the range in another currency is a range again: its
/// ends are found by halving.
AttributeColumns::PriceRange AttributeColumns::RangeIn(const std::string& currency,
                                                       const ProductFilter& filter) {
  const std::int64_t min = filter.price_minor_min.value_or(0);
  const std::int64_t max = filter.price_minor_max.value_or(kMinorMax);
  if (currency == filter.currency) return {.min = min, .max = max};
  using enum Conversion::Status;
  const auto convert = [&](std::int64_t minor) {
    return filter.converter->Convert({.minor = minor, .currency = currency}, filter.currency);
  };
  if (!filter.converter || convert(1).status != kConverted) return {};
  // The first amount that becomes at least `target`; what is too large to convert counts as more.
  const auto first_from = [&](std::int64_t target) {
    std::int64_t low = 0;
    std::int64_t high = kMinorMax;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      const Conversion converted = convert(middle);
      if (converted.status != kConverted || converted.price.minor >= target)
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  };
  return {.min = first_from(min), .max = max == kMinorMax ? kMinorMax : first_from(max + 1) - 1};
}

AttributeColumns::Wanted AttributeColumns::LookUp(const ProductFilter& filter) const {
  Wanted wanted;
  wanted.categories.assign(category_names_.numbers.size(), filter.categories.empty() ? 1 : 0);
  for (const auto& [path, number] : category_names_.numbers)
    for (const std::string& tree : filter.categories)
      if (Holds(tree, path)) wanted.categories[number] = 1;
  wanted.brands.assign(brand_names_.numbers.size(), filter.brands.empty() ? 1 : 0);
  for (const std::string& brand : filter.brands)
    if (const auto found = brand_names_.numbers.find(brand); found != brand_names_.numbers.end())
      wanted.brands[found->second] = 1;
  wanted.colors.assign(color_names_.numbers.size(), filter.colors.empty() ? 1 : 0);
  if (!filter.colors.empty())
    for (const auto& [text, number] : color_names_.numbers)
      for (const std::string& color : SplitColors(text))
        if (std::ranges::find(filter.colors, color) != filter.colors.end())
          wanted.colors[number] = 1;
  if (filter.availability.empty()) wanted.availability = 0xFF;
  for (const Availability availability : filter.availability)
    wanted.availability = static_cast<std::uint8_t>(wanted.availability | Bit(availability));
  wanted.any_price = !filter.price_minor_min && !filter.price_minor_max;
  wanted.prices.resize(currency_names_.numbers.size() + 1);  // the first one: no price
  if (!wanted.any_price)
    for (const auto& [currency, number] : currency_names_.numbers)
      wanted.prices[number + 1] = RangeIn(currency, filter);
  return wanted;
}

bool AttributeColumns::Matches(const Wanted& wanted, std::size_t key) const {
  if ((availability_[key] & wanted.availability) == 0) return false;
  if (wanted.categories[categories_[key]] == 0 || wanted.brands[brands_[key]] == 0) return false;
  if (wanted.colors[colors_[key]] == 0) return false;
  if (wanted.any_price) return true;
  const PriceRange& range = wanted.prices[currencies_[key]];
  return range.min <= price_minors_[key] && price_minors_[key] <= range.max;
}

std::optional<std::vector<ProductKey>> AttributeColumns::Narrow(const ProductFilter& filter,
                                                                const Wanted& wanted) const {
  std::optional<std::vector<ProductKey>> best;
  const auto take = [&](const KeyLists& lists, const std::vector<std::uint8_t>& is_wanted) {
    std::size_t count = 0;
    for (std::size_t number = 0; number < lists.size(); ++number)
      if (is_wanted[number] != 0) count += lists[number].size();
    if (count > (best ? best->size() : kFewKeys)) return;
    best.emplace();
    for (std::size_t number = 0; number < lists.size(); ++number)
      if (is_wanted[number] != 0)
        best->insert(best->end(), lists[number].begin(), lists[number].end());
  };
  if (!filter.categories.empty()) take(of_category_, wanted.categories);
  if (!filter.brands.empty()) take(of_brand_, wanted.brands);
  return best;
}

Result<CompiledFilter> AttributeColumns::Compile(
    const ProductFilter& filter, const std::optional<std::vector<ProductKey>>& among) const {
  SNAPSHELF_RETURN_IF_ERROR(CheckPriceRange(filter));
  if (filter.IsEmpty())
    return CompiledFilter{.passes = [](ProductKey) { return true; }, .few = nullptr};
  const std::shared_lock lock(mutex_);
  const Wanted wanted = LookUp(filter);
  const std::size_t size = availability_.size();
  auto narrow = among ? among : Narrow(filter, wanted);
  if (narrow && narrow->size() <= kFewKeys) {
    std::erase_if(*narrow, [&](ProductKey key) { return key >= size || !Matches(wanted, key); });
    std::ranges::sort(*narrow);
    const auto repeated = std::ranges::unique(*narrow);
    narrow->erase(repeated.begin(), repeated.end());
    return PassKeys(std::move(*narrow));
  }
  std::vector<std::uint64_t> bits((size + 63) / 64);
  const auto ask = [&](std::size_t key) {
    bits[key / 64] |= std::uint64_t{Matches(wanted, key)} << (key % 64);
  };
  if (!narrow)
    for (std::size_t key = 0; key < size; ++key) ask(key);
  else
    for (const ProductKey key : *narrow)
      if (key < size) ask(key);
  return PassBits(std::move(bits));
}

}  // namespace snapshelf
