#include "products/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace snapshelf {
namespace {

struct NamedAvailability {
  Availability value;
  std::string_view name;
};

// The words of the common product feeds; the order is that of the enum.
constexpr std::array<NamedAvailability, 4> kAvailabilities = {{
    {Availability::kInStock, "in_stock"},
    {Availability::kOutOfStock, "out_of_stock"},
    {Availability::kPreorder, "preorder"},
    {Availability::kBackorder, "backorder"},
}};

// "In Stock" -> "in_stock"
std::string Normalised(std::string_view name) {
  std::string word(name);
  std::ranges::transform(word, word.begin(), [](char c) {
    if (c == ' ' || c == '-') return '_';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

}  // namespace

std::string_view AvailabilityName(Availability availability) {
  return kAvailabilities[static_cast<std::size_t>(availability)].name;
}

Result<Availability> ParseAvailability(std::string_view name) {
  const std::string word = Normalised(name);
  const auto* found = std::ranges::find(kAvailabilities, word, &NamedAvailability::name);
  if (found == kAvailabilities.end())
    return Fail(Code::kInvalidArgument,
                fmt::format("availability \"{}\" is unknown; use in_stock, out_of_stock, preorder "
                            "or backorder",
                            name));
  return found->value;
}

const std::string& Product::Title() const {
  if (const auto found = titles.find(""); found != titles.end()) return found->second;
  return titles.empty() ? id : titles.begin()->second;
}

bool ProductFilter::IsEmpty() const {
  return categories.empty() && brands.empty() && availability.empty() && !price_minor_min &&
         !price_minor_max;
}

}  // namespace snapshelf
