#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/photo_cache.h"
#include "pipeline/price_ranges.h"
#include "pipeline/shop.h"
#include "rerank/verify_match.h"
#include "snapshelf/result.h"

namespace snapshelf {

enum class Order : std::uint8_t {
  kLikeness,  ///< most alike first
  kPriceUp,   ///< cheapest first, of the kSimilarMax most alike
  kPriceDown  ///< dearest first, of the same
};

/// Which of a photo's objects are searched.
enum class ObjectChoice : std::uint8_t {
  kAll,
  kBest,    ///< the first one; the others are told and not searched, so that its products come at
            ///< once
  kOthers,  ///< the others alone: what kBest left
};

/// What a shopper asks for besides the photo.
struct ProductQuery {
  int k = 20;      ///< products per object, 1 .. 500
  int offset = 0;  ///< products left out at the beginning; offset + k at most 500
  Order order = Order::kLikeness;
  ObjectChoice objects = ObjectChoice::kAll;
  bool facets = false;             ///< count what is among the kSimilarMax most alike
  std::optional<float> min_score;  ///< -1 .. 1
  /// 0 .. 1; refused (kInvalidArgument) where the embedder's card has no calibration
  std::optional<float> min_likeness;
  ProductFilter filter;
  std::string currency;  ///< the shopper's; empty: prices are given as the shop has them only
  std::string language;  ///< of titles, BCP 47; empty: the shop's default
  std::optional<Box>
      box;  ///< only this part (pixels of the upright original), instead of what is detected
  bool whole_only = false;  ///< skip detection: the whole picture only
  bool second_look = true;  ///< false: the cosine alone orders (second_look.h)
};

inline constexpr int kProductsMax = 500;

/// So many products are looked through for facets and for an order by price.
inline constexpr int kSimilarMax = 200;

/// A product that looks like the object; `picture` is the one that does best.
struct ProductMatch {
  Product product;
  PictureId picture = 0;
  float score = 0;         ///< cosine, -1 .. 1; up to .81 more for a print that the photo shows too
  bool same_item = false;  ///< the photo shows the same print, spot by spot
  /// Some of those spots: in the photo (query) and in `picture` (candidate), pixels of the upright
  /// originals. Empty unless same_item.
  std::vector<MatchedPair> matches;
  std::optional<float> likeness;  ///< embed/likeness.h; none without a calibration
  /// The price in the shopper's currency; none if that is the price's own or was not asked for.
  std::optional<Conversion> converted;
};

/// What is among the products of an object, to narrow a search down by.
struct Facets {
  int products = 0;  ///< looked through
  std::map<std::string, int> categories;
  std::map<std::string, int> brands;
  std::map<std::string, int> colors;  ///< a product of several counts in each
  std::map<Availability, int> availability;
  /// In the shopper's currency, else in that of the first product with a price; both or none.
  std::optional<Money> price_min;
  std::optional<Money> price_max;
  std::vector<PriceRange> price_ranges;  ///< of the same currency
};

/// A thing in the photo and the products that look like it, best first, no product twice.
struct FoundObject {
  Box box;
  std::string
      class_name;        ///< the detector's; "whole picture"; "selection" for the shopper's own box
  float score = 0;       ///< of the detection; 1 for the whole picture and a selection
  bool searched = true;  ///< false: its products were not asked for
  std::vector<ProductMatch> products;
  bool has_more = false;         ///< there are products behind the last one
  std::optional<Facets> facets;  ///< if asked for
  bool second_look = false;      ///< its products were ordered by a second look too
  /// Whether a product is likely enough the thing itself or very similar; none without a
  /// calibration.
  std::optional<bool> good_match;
};

struct Answer {
  std::string photo;  ///< token for another search in the same photo
  int width = 0;      ///< of the upright original
  int height = 0;
  std::vector<FoundObject> objects;  ///< best first; the whole picture is always the last one
                                     ///< (unless a box was given). Those that the query chooses
};

/// Photo in, products out.
///
/// threads: all methods are safe from any number of threads.
class ProductFinder {
 public:
  ProductFinder(const CurrentShop& shops, PhotoCache& photos);

  /// errors: those of DecodePhoto; kInvalidArgument for k, min_score, min_likeness, filter or box
  /// (each names the value and the range).
  [[nodiscard]] Result<Answer> FindByPhoto(std::span<const std::byte> encoded,
                                           const ProductQuery& query) const;

  /// Another search in a photo that was uploaded before. errors: kNotFound for an unknown or
  /// expired token.
  [[nodiscard]] Result<Answer> FindByToken(const std::string& token,
                                           const ProductQuery& query) const;

  /// Products that look like a product of the catalog, itself left out; the object is its first
  /// picture. errors: kNotFound.
  [[nodiscard]] Result<FoundObject> FindSimilar(const std::string& product_id,
                                                const ProductQuery& query) const;

 private:
  const CurrentShop& shops_;
  PhotoCache& photos_;
};

}  // namespace snapshelf
