#include "products/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ranges>

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

char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerCase, LowerCase);
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

Product::LocalTitle Product::TitleIn(std::string_view language) const {
  while (!language.empty()) {
    const auto found = std::ranges::find_if(
        titles, [&](const auto& title) { return EqualIgnoringCase(title.first, language); });
    if (found != titles.end()) return {.text = found->second, .language = found->first};
    const std::size_t hyphen = language.rfind('-');
    language = language.substr(0, hyphen == std::string_view::npos ? 0 : hyphen);
  }
  const bool is_default = titles.contains("") || titles.empty();
  return {.text = Title(), .language = is_default ? "" : std::string_view(titles.begin()->first)};
}

std::set<std::string> SplitColors(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  std::set<std::string> colors;
  for (const auto part : std::views::split(text, '/')) {
    const std::string_view color(part);
    const std::size_t first = color.find_first_not_of(kSpace);
    if (first != std::string_view::npos)
      colors.emplace(color.substr(first, color.find_last_not_of(kSpace) - first + 1));
  }
  return colors;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    // Bytes of other than ASCII are parts of letters, or of signs that no title has.
    const bool is_part =
        static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_part)
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool ProductFilter::IsEmpty() const {
  return categories.empty() && brands.empty() && colors.empty() && availability.empty() &&
         !price_minor_min && !price_minor_max && SplitWords(words).empty();
}

}  // namespace snapshelf
