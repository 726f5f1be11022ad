#include "server/answer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/cursor.h"

namespace snapshelf {
namespace {

using Json = nlohmann::ordered_json;

/// Enough digits to order by, few enough to read; a float printed as a double would show noise.
double Rounded(float value, double steps) {
  return std::round(value * steps) / steps;
}
double ScoreJson(float score) {
  return Rounded(score, 1e5);
}

Json BoxJson(const Box& box) {
  return {Rounded(box.x, 10), Rounded(box.y, 10), Rounded(box.width, 10), Rounded(box.height, 10)};
}

std::string PictureUrl(PictureId id) {
  return fmt::format("/v1/pictures/{}", id);
}

/// Decimal text next to its currency; both null without a price.
void AddPrice(const Product& product, Json& json) {
  json["price"] = product.price ? Json(FormatAmount(*product.price)) : Json(nullptr);
  json["currency"] = product.price ? Json(product.price->currency) : Json(nullptr);
}

std::string_view StatusName(Conversion::Status status) {
  switch (status) {
    case Conversion::Status::kConverted:
      return "approximate";
    case Conversion::Status::kSameCurrency:
      return "exact";
    case Conversion::Status::kStaleRate:
      return "stale_rate";
    case Conversion::Status::kNoRate:
      return "no_rate";
  }
  return "no_rate";
}

Json ConvertedJson(const std::optional<Conversion>& converted) {
  if (!converted) return nullptr;
  const bool is_known = converted->status == Conversion::Status::kConverted;
  return {{"status", StatusName(converted->status)},
          {"price", is_known ? Json(FormatAmount(converted->price)) : Json(nullptr)},
          {"currency", is_known ? Json(converted->price.currency) : Json(nullptr)},
          {"rate_date", converted->date ? Json(FormatDate(*converted->date)) : Json(nullptr)}};
}

/// [photo x, photo y, picture x, picture y] each.
Json SpotsJson(const ProductMatch& match) {
  if (match.matches.empty()) return nullptr;
  const auto picture = std::ranges::find(match.product.pictures, match.picture, &Picture::id);
  if (picture == match.product.pictures.end()) return nullptr;  // removed since the index answered
  Json spots = Json::array();
  for (const MatchedPair& pair : match.matches)
    spots.push_back({Rounded(pair.query_x, 10), Rounded(pair.query_y, 10),
                     Rounded(pair.candidate_x, 10), Rounded(pair.candidate_y, 10)});
  return {{"picture_width", picture->width},
          {"picture_height", picture->height},
          {"spots", std::move(spots)}};
}

Json MatchJson(const ProductMatch& match, std::string_view language) {
  const auto title = match.product.TitleIn(language);
  Json json = {{"id", match.product.id},
               {"title", title.text},
               {"title_language", title.language.empty() ? Json(nullptr) : Json(title.language)}};
  AddPrice(match.product, json);
  json["converted"] = ConvertedJson(match.converted);
  json["score"] = ScoreJson(match.score);
  json["same_item"] = match.same_item;
  json["matches"] = SpotsJson(match);
  json["likeness"] = match.likeness ? Json(ScoreJson(*match.likeness)) : Json(nullptr);
  json["picture"] = PictureUrl(match.picture);
  json["brand"] = match.product.brand;
  json["color"] = match.product.color;
  json["category"] = match.product.category;
  json["availability"] = AvailabilityName(match.product.availability);
  json["link"] = match.product.link;
  return json;
}

/// Most first, equal ones by name.
Json CountsJson(const std::map<std::string, int>& counts) {
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(), &std::pair<std::string, int>::second);
  Json json = Json::array();
  for (const auto& [value, count] : sorted) json.push_back({{"value", value}, {"count", count}});
  return json;
}

Json PriceRangesJson(const Facets& facets) {
  const std::string& currency = facets.price_min->currency;
  Json ranges = Json::array();
  for (const PriceRange& range : facets.price_ranges)
    ranges.push_back({{"min", FormatAmount({.minor = range.min, .currency = currency})},
                      {"max", FormatAmount({.minor = range.max, .currency = currency})},
                      {"count", range.count}});
  return ranges;
}

Json FacetsJson(const std::optional<Facets>& facets) {
  if (!facets) return nullptr;
  Json availability = Json::array();
  for (const auto& [value, count] : facets->availability)
    availability.push_back({{"value", AvailabilityName(value)}, {"count", count}});
  Json price = nullptr;
  if (facets->price_min)
    price = {{"currency", facets->price_min->currency},
             {"min", FormatAmount(*facets->price_min)},
             {"max", FormatAmount(*facets->price_max)},
             {"ranges", PriceRangesJson(*facets)}};
  return {{"products", facets->products},
          {"categories", CountsJson(facets->categories)},
          {"brands", CountsJson(facets->brands)},
          {"colors", CountsJson(facets->colors)},
          {"availability", std::move(availability)},
          {"price", std::move(price)}};
}

/// Products, facets and the way to more of an object; in a photo the cursor names its box.
void AddProducts(const FoundObject& object, const ProductQuery& query, bool in_photo, Json& json) {
  json["products"] = Json::array();
  for (const ProductMatch& match : object.products)
    json["products"].push_back(MatchJson(match, query.language));
  const int end = query.offset + static_cast<int>(object.products.size());
  const bool has_next = object.has_more && end < kProductsMax;
  Cursor next{.box = {}, .offset = end, .second_look = object.second_look};
  if (in_photo) next.box = object.box;
  json["next"] = has_next ? Json(WriteCursor(next)) : Json(nullptr);
  json["facets"] = FacetsJson(object.facets);
}

/// Text of feeds may be any bytes; what is no UTF-8 becomes the replacement character.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string AnswerJson(const Answer& answer, const ProductQuery& query) {
  Json objects = Json::array();
  for (const FoundObject& object : answer.objects) {
    Json json = {{"box", BoxJson(object.box)},
                 {"class", object.class_name},
                 {"score", ScoreJson(object.score)},
                 {"searched", object.searched},
                 {"good_match", object.good_match ? Json(*object.good_match) : Json(nullptr)}};
    AddProducts(object, query, /*in_photo=*/true, json);
    objects.push_back(std::move(json));
  }
  return Dump({{"photo", answer.photo},
               {"width", answer.width},
               {"height", answer.height},
               {"objects", std::move(objects)}});
}

std::string SimilarJson(const FoundObject& object, const ProductQuery& query) {
  Json json;
  AddProducts(object, query, /*in_photo=*/false, json);
  return Dump(json);
}

std::string ProductJson(const Product& product, const std::optional<Conversion>& converted) {
  Json json = {{"id", product.id},
               {"title", product.Title()},
               {"titles", Json::object()},
               {"description", product.description},
               {"category", product.category},
               {"brand", product.brand},
               {"color", product.color}};
  for (const auto& [language, title] : product.titles) json["titles"][language] = title;
  AddPrice(product, json);
  json["converted"] = ConvertedJson(converted);
  json["availability"] = AvailabilityName(product.availability);
  json["link"] = product.link;
  json["pictures"] = Json::array();
  for (const Picture& picture : product.pictures)
    json["pictures"].push_back({{"id", picture.id},
                                {"url", PictureUrl(picture.id)},
                                {"width", picture.width},
                                {"height", picture.height}});
  return Dump(json);
}

}  // namespace snapshelf
