#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// Names a product inside one store (a small number, never used again after a removal). Equals the
/// GroupId of its vectors.
using ProductKey = std::uint64_t;

/// Names a picture of a product inside one store; never used again after a removal.
using PictureId = std::uint64_t;

/// An amount in the smallest unit of its currency: 1299 EUR = 12.99 euro, 1299 JPY = 1299 yen.
struct Money {
  std::int64_t minor = 0;
  std::string currency;  ///< ISO 4217, upper case
  bool operator==(const Money&) const = default;
};

/// Digits after the decimal point of an ISO 4217 currency (2 for EUR, 0 for JPY, 3 for KWD).
/// errors: kInvalidArgument for an unknown currency (names it).
[[nodiscard]] Result<int> CurrencyExponent(std::string_view currency);

/// Exact: "15.00", "15", "1299.5" with `currency` -> Money. "15.00 EUR" is read too if `currency`
/// is empty. errors: kInvalidArgument for text that is no amount, is negative, has too many
/// decimals, or an unknown currency.
[[nodiscard]] Result<Money> ParseMoney(std::string_view amount, std::string_view currency);

/// The amount as decimal text without currency: {1299, "EUR"} -> "12.99".
[[nodiscard]] std::string FormatAmount(const Money& money);

enum class Availability : std::uint8_t { kInStock, kOutOfStock, kPreorder, kBackorder };
[[nodiscard]] std::string_view AvailabilityName(Availability availability);  ///< "in_stock", ...
/// Takes "in_stock" and "in stock"; errors: kInvalidArgument lists the known words.
[[nodiscard]] Result<Availability> ParseAvailability(std::string_view name);

/// Where a picture was read from, to see without reading it that it has not changed.
struct SourceStamp {
  std::string path;  ///< absolute; empty for an uploaded picture
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const SourceStamp&) const = default;
};

struct Picture {
  PictureId id = 0;  ///< 0 before it is stored
  std::string hash;  ///< SHA-256 of the encoded file; its name in PictureFiles
  int width = 0;     ///< upright
  int height = 0;
  SourceStamp source;
  /// What a second look at the picture compares, as docs/format/local_features.md says; empty: it
  /// goes without. Stored with a new picture, and read by ProductStore::GetLocalFeatures alone.
  std::vector<std::byte> local_features;
};

struct Product {
  ProductKey key = 0;  ///< 0 before it is stored
  std::string id;      ///< the shop's own, unique
  std::map<std::string, std::string>
      titles;  ///< by language ("en"); "" is the shop's default language
  std::string description;
  std::string category;  ///< path, "Kitchen > Mugs"
  std::string brand;
  std::string color;  ///< as feeds write it, several separated by "/", the main one first
  std::optional<Money> price;
  Availability availability = Availability::kInStock;
  std::string link;
  std::vector<Picture> pictures;  ///< in the shop's order

  [[nodiscard]] const std::string& Title() const;  ///< the default one, else the first, else the id

  /// The title for a reader of `language` (BCP 47): in it, else in what it is a variant of ("pt"
  /// for "pt-BR"), else Title(). `language` is that of `text`, empty where it is not known.
  struct LocalTitle {
    const std::string& text;
    std::string_view language;
  };
  [[nodiscard]] LocalTitle TitleIn(std::string_view language) const;
};

struct PriceConverter;  // exchange_rates.h

/// What a shopper or shop wants to see only. All given fields must match.
struct ProductFilter {
  std::vector<std::string> categories;  ///< any of them; "Kitchen" also matches "Kitchen > Mugs"
  std::vector<std::string> brands;      ///< any of them, exactly
  std::vector<std::string> colors;      ///< any of them, exactly, among the product's
  std::vector<Availability> availability;
  std::string currency;                         ///< of the price range
  std::optional<std::int64_t> price_minor_min;  ///< inclusive
  std::optional<std::int64_t> price_minor_max;  ///< inclusive
  /// Compares products priced in other currencies too, as far as there are rates; null: they do
  /// not match a price range.
  std::shared_ptr<const PriceConverter> converter;
  /// What the shopper typed: each word begins one of a title's, in whatever language, or the
  /// brand's. Case does not count, nor do accents of Latin letters. Text without a letter or digit
  /// is no condition.
  std::string words;

  [[nodiscard]] bool IsEmpty() const;
};

/// The colors in Product::color: "Red / White" -> Red, White.
[[nodiscard]] std::set<std::string> SplitColors(std::string_view text);

/// The runs of letters and digits in a text.
[[nodiscard]] std::vector<std::string> SplitWords(std::string_view text);

}  // namespace snapshelf
