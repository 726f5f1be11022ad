#include "server/query_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>
#include <string>

#include "server/cursor.h"
#include "server/problem.h"
#include "server/url.h"

namespace snapshelf {
namespace {

constexpr std::size_t kLanguageBytesMax = 35;  // as RFC 5646 suggests
constexpr std::array<std::string_view, 17> kSearchFields = {
    "k",        "min_score", "min_likeness", "category", "brand", "color",  "availability",
    "currency", "price_min", "price_max",    "box",      "order", "facets", "lang",
    "cursor",   "words",     "objects"};
constexpr std::array<std::string_view, 4> kRepeatable = {"category", "brand", "color",
                                                         "availability"};

constexpr std::size_t kFilterValuesMax = 100;
constexpr std::size_t kFilterBytesMax = 500;
/// Above any photo's side; below the point where a float loses whole pixels.
constexpr float kBoxValueMax = 1e6F;

template <std::size_t n>
bool Contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Reads fields one by one and collects what is wrong with them.
class FieldReader {
 public:
  explicit FieldReader(const Fields& fields) : fields_(fields) {}

  void CheckNames(std::initializer_list<std::string_view> also) {
    std::set<std::string_view> seen;
    for (const auto& [name, value] : fields_) {
      const bool is_known =
          Contains(kSearchFields, name) || std::find(also.begin(), also.end(), name) != also.end();
      if (!is_known)
        Wrong(name, value,
              fmt::format("unknown; these are known: {}", fmt::join(kSearchFields, ", ")));
      else if (!seen.insert(name).second && !Contains(kRepeatable, name))
        Wrong(name, value, "given twice");
    }
  }

  [[nodiscard]] const std::string* Find(std::string_view name) const {
    const auto found = std::ranges::find(fields_, name, &Fields::value_type::first);
    return found == fields_.end() ? nullptr : &found->second;
  }

  std::optional<int> Int(std::string_view name, int min, int max) {
    const std::string* const text = Find(name);
    if (text == nullptr) return std::nullopt;
    const auto number = ParseNumber<long long>(*text);
    if (number && *number >= min && *number <= max) return static_cast<int>(*number);
    Wrong(name, *text, fmt::format("must be a whole number from {} to {}", min, max));
    return std::nullopt;
  }

  std::optional<float> Number(std::string_view name, float min, float max) {
    const std::string* const text = Find(name);
    if (text == nullptr) return std::nullopt;
    const auto number = ParseNumber<float>(*text);
    if (number && *number >= min && *number <= max) return number;
    Wrong(name, *text, fmt::format("must be a number from {} to {}", min, max));
    return std::nullopt;
  }

  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const auto& [found, value] : fields_) {
      if (found != name) continue;
      if (value.empty() || value.size() > kFilterBytesMax || !IsPlainText(value))
        Wrong(name, value, fmt::format("must be text of 1 to {} bytes", kFilterBytesMax));
      else if (texts.size() >= kFilterValuesMax)
        Wrong(name, value, fmt::format("may be given at most {} times", kFilterValuesMax));
      else
        texts.push_back(value);
    }
    return texts;
  }

  /// What a shopper typed; empty and blank text are no condition.
  std::string Words() {
    const std::string* const text = Find("words");
    if (text == nullptr || text->empty()) return {};
    if (text->size() <= kFilterBytesMax && IsPlainText(*text)) return *text;
    Wrong("words", *text, fmt::format("must be text of at most {} bytes", kFilterBytesMax));
    return {};
  }

  std::vector<Availability> Availabilities() {
    std::vector<Availability> all;
    for (const std::string& text : Texts("availability")) {
      const auto parsed = ParseAvailability(text);
      if (parsed)
        all.push_back(*parsed);
      else
        Wrong("availability", text, "must be in_stock, out_of_stock, preorder or backorder");
    }
    return all;
  }

  std::optional<Box> ReadBox() {
    const std::string* const text = Find("box");
    if (text == nullptr) return std::nullopt;
    std::array<float, 4> values{};
    std::string_view rest = *text;
    bool is_box = std::ranges::count(rest, ',') == 3;
    for (std::size_t i = 0; is_box && i < values.size(); ++i) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const auto number = ParseNumber<float>(item);
      is_box = number && std::abs(*number) <= kBoxValueMax;
      if (is_box) values[i] = *number;
    }
    if (is_box && values[2] > 0 && values[3] > 0)
      return Box{.x = values[0], .y = values[1], .width = values[2], .height = values[3]};
    Wrong("box", *text,
          "must be x,y,width,height in pixels of the upright photo, width and height above 0");
    return std::nullopt;
  }

  /// The shopper's currency, and price_min and price_max in it.
  void ReadPrices(ProductQuery& query) {
    ProductFilter& filter = query.filter;
    const std::string* const currency = Find("currency");
    if (currency != nullptr) {
      query.currency = *currency;
      filter.currency = *currency;
      if (!CurrencyExponent(*currency)) {
        Wrong("currency", *currency, std::string(kCurrencyRule));
        return;
      }
    }
    filter.price_minor_min = Price("price_min", currency);
    filter.price_minor_max = Price("price_max", currency);
    if (filter.price_minor_min && filter.price_minor_max &&
        *filter.price_minor_min > *filter.price_minor_max)
      Wrong("price_min", *Find("price_min"),
            fmt::format("must not be above price_max ({})", *Find("price_max")));
  }

  Order ReadOrder() {
    const std::string* const text = Find("order");
    if (text == nullptr || *text == "likeness") return Order::kLikeness;
    if (*text == "price") return Order::kPriceUp;
    if (*text == "-price") return Order::kPriceDown;
    Wrong("order", *text, "must be likeness, price (cheapest first) or -price (dearest first)");
    return Order::kLikeness;
  }

  ObjectChoice ReadObjects() {
    const std::string* const text = Find("objects");
    if (text == nullptr || *text == "all") return ObjectChoice::kAll;
    if (*text == "best") return ObjectChoice::kBest;
    if (*text == "others") return ObjectChoice::kOthers;
    Wrong("objects", *text, "must be all, best or others (those that best leaves)");
    return ObjectChoice::kAll;
  }

  bool Flag(std::string_view name) {
    const std::string* const text = Find(name);
    if (text != nullptr && *text != "true" && *text != "false")
      Wrong(name, *text, "must be true or false");
    return text != nullptr && *text == "true";
  }

  /// BCP 47 by its looks: letters, digits and hyphens.
  std::string Language() {
    const std::string* const text = Find("lang");
    if (text == nullptr) return {};
    const bool is_tag = !text->empty() && text->size() <= kLanguageBytesMax &&
                        std::ranges::all_of(*text, [](unsigned char c) {
                          return std::isalnum(c) != 0 || c == '-';
                        });
    if (is_tag) return *text;
    Wrong("lang", *text, "must be a language tag such as de or pt-BR");
    return {};
  }

  /// Sets the object, the page and whether there is a second look as they were.
  void ReadPage(ProductQuery& query) {
    const std::string* const text = Find("cursor");
    if (text == nullptr) return;
    const auto cursor = ReadCursor(*text);
    if (!cursor || cursor->offset >= kProductsMax) {
      Wrong("cursor", *text, "must be the \"next\" of an answer");
    } else if (query.box) {
      Wrong("cursor", *text, "stands for a box already; leave box out");
    } else {
      query.box = cursor->box;
      query.offset = cursor->offset;
      query.k = std::min(query.k, kProductsMax - cursor->offset);
      query.second_look = cursor->second_look;
    }
  }

  void Wrong(std::string_view name, const std::string& value, std::string detail) {
    errors_.push_back({.field = std::string(name), .value = value, .detail = std::move(detail)});
  }

  [[nodiscard]] std::vector<FieldError>& errors() { return errors_; }

 private:
  std::optional<std::int64_t> Price(std::string_view name, const std::string* currency) {
    const std::string* const text = Find(name);
    if (text == nullptr) return std::nullopt;
    if (currency == nullptr) {
      Wrong(name, *text, "needs currency too");
      return std::nullopt;
    }
    const auto money = ParseMoney(*text, *currency);
    if (money) return money->minor;
    Wrong(name, *text, money.error().message);
    return std::nullopt;
  }

  const Fields& fields_;
  std::vector<FieldError> errors_;
};

}  // namespace

std::expected<ProductQuery, Problem> ParseProductQuery(
    const Fields& fields, std::initializer_list<std::string_view> also) {
  FieldReader reader(fields);
  reader.CheckNames(also);
  ProductQuery query;
  query.k = reader.Int("k", 1, kProductsMax).value_or(query.k);
  query.min_score = reader.Number("min_score", -1, 1);
  query.min_likeness = reader.Number("min_likeness", 0, 1);
  query.filter.categories = reader.Texts("category");
  query.filter.brands = reader.Texts("brand");
  query.filter.colors = reader.Texts("color");
  query.filter.availability = reader.Availabilities();
  query.filter.words = reader.Words();
  reader.ReadPrices(query);
  query.box = reader.ReadBox();
  query.order = reader.ReadOrder();
  query.objects = reader.ReadObjects();
  query.facets = reader.Flag("facets");
  query.language = reader.Language();
  reader.ReadPage(query);
  if (!reader.errors().empty()) return std::unexpected(InvalidFields(std::move(reader.errors())));
  return query;
}

std::expected<std::optional<int>, Problem> ParseIntField(const Fields& fields,
                                                         std::string_view name, int min, int max) {
  FieldReader reader(fields);
  const auto number = reader.Int(name, min, max);
  if (!reader.errors().empty()) return std::unexpected(InvalidFields(std::move(reader.errors())));
  return number;
}

Fields MergeFields(const Fields& query, const Fields& form) {
  Fields merged = form;
  for (const auto& field : query)
    if (std::ranges::find(form, field.first, &Fields::value_type::first) == form.end())
      merged.push_back(field);
  return merged;
}

}  // namespace snapshelf
