#include "pipeline/product_list.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace snapshelf {
namespace {

/// The price as it is compared: in `currency`, or nothing.
std::optional<std::int64_t> MinorIn(const ProductMatch& match, const std::string& currency) {
  const auto& price = match.product.price;
  if (price && price->currency == currency) return price->minor;
  if (match.converted && match.converted->status == Conversion::Status::kConverted)
    return match.converted->price.minor;
  return std::nullopt;
}

std::string CurrencyOf(const std::vector<ProductMatch>& matches, const ProductQuery& query) {
  if (!query.currency.empty()) return query.currency;
  const auto priced = std::ranges::find_if(
      matches, [](const ProductMatch& match) { return match.product.price.has_value(); });
  return priced == matches.end() ? "" : priced->product.price->currency;
}

void SortByPrice(std::vector<ProductMatch>& matches, const std::string& currency, Order order) {
  const auto comes_first = [&](const ProductMatch& a, const ProductMatch& b) {
    const auto price_a = MinorIn(a, currency);
    const auto price_b = MinorIn(b, currency);
    if (!price_a || !price_b) return price_a.has_value() && !price_b.has_value();
    return order == Order::kPriceUp ? *price_a < *price_b : *price_b < *price_a;
  };
  std::ranges::stable_sort(matches, comes_first);
}

Facets CountFacets(const std::vector<ProductMatch>& matches, const std::string& currency) {
  Facets facets{.products = static_cast<int>(matches.size())};
  std::vector<std::int64_t> prices;
  for (const ProductMatch& match : matches) {
    const Product& product = match.product;
    if (!product.category.empty()) ++facets.categories[product.category];
    if (!product.brand.empty()) ++facets.brands[product.brand];
    for (const std::string& color : SplitColors(product.color)) ++facets.colors[color];
    ++facets.availability[product.availability];
    const auto minor = MinorIn(match, currency);
    if (!minor) continue;
    prices.push_back(*minor);
    const Money price{.minor = *minor, .currency = currency};
    if (!facets.price_min || *minor < facets.price_min->minor) facets.price_min = price;
    if (!facets.price_max || *minor > facets.price_max->minor) facets.price_max = price;
  }
  facets.price_ranges = PriceRangesOf(std::move(prices));
  return facets;
}

}  // namespace

ProductList MakeProductList(std::vector<ProductMatch> matches, const ProductQuery& query) {
  ProductList list;
  for (const ProductMatch& match : matches)
    list.likeness_max = std::max(list.likeness_max, match.likeness);
  const std::string currency = CurrencyOf(matches, query);
  if (query.facets) list.facets = CountFacets(matches, currency);
  if (query.order != Order::kLikeness) SortByPrice(matches, currency, query.order);

  const std::size_t begin = std::min(matches.size(), static_cast<std::size_t>(query.offset));
  const std::size_t end = std::min(matches.size(), begin + static_cast<std::size_t>(query.k));
  list.has_more = end < matches.size();
  list.products.assign(std::move_iterator(matches.begin() + static_cast<std::ptrdiff_t>(begin)),
                       std::move_iterator(matches.begin() + static_cast<std::ptrdiff_t>(end)));
  return list;
}

}  // namespace snapshelf
