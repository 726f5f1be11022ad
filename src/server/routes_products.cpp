// GET, PUT and DELETE /v1/products/{id}.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/edit_products.h"
#include "server/answer_json.h"
#include "server/multipart.h"
#include "server/problem.h"
#include "server/product_draft.h"
#include "server/routes.h"
#include "server/url.h"

namespace snapshelf {
namespace {

constexpr std::size_t kPicturesMax = 20;
constexpr std::size_t kDraftBytesMax = 1 << 20;

/// What a PUT carries: the product's JSON, and its pictures if they came too.
struct PutRequest {
  std::string_view product;
  std::vector<std::vector<std::byte>> pictures;
};

std::unexpected<Problem> Refuse(std::string message) {
  return std::unexpected(ProblemOf({Code::kInvalidArgument, std::move(message)}));
}

std::vector<std::byte> CopyBytes(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

std::expected<PutRequest, Problem> ReadPutForm(const HttpRequest& request) {
  const auto parts = ParseForm(request.Header("content-type"), request.body);
  if (!parts) return std::unexpected(ProblemOf(parts.error()));
  PutRequest put;
  for (const FormPart& part : *parts) {
    if (part.name == "product") {
      if (!put.product.empty()) return Refuse("the form has more than one part \"product\"");
      put.product = part.bytes;
    } else if (part.name == "picture") {
      if (!part.is_file && part.bytes.starts_with("http"))
        return Refuse(
            "a part \"picture\" is an address; send the picture's bytes, or the list \"pictures\" "
            "in the product's JSON where serve --picture-hosts allows it");
      if (part.bytes.empty()) return Refuse("a part \"picture\" is empty");
      put.pictures.push_back(CopyBytes(part.bytes));
    } else {
      return Refuse(
          fmt::format("the form has a part \"{}\"; it takes one \"product\" (JSON) and "
                      "up to {} of \"picture\"",
                      part.name, kPicturesMax));
    }
  }
  if (put.product.empty())
    return Refuse("the form has no part \"product\" with the product's JSON");
  if (put.pictures.empty())
    return Refuse(
        "the form has no part \"picture\"; to keep the stored pictures, send the JSON "
        "alone as application/json");
  if (put.pictures.size() > kPicturesMax)
    return Refuse(fmt::format("the form has {} pictures; a product takes at most {}",
                              put.pictures.size(), kPicturesMax));
  return put;
}

std::expected<PutRequest, Problem> ReadPut(const HttpRequest& request) {
  const std::string type = request.MediaType();
  if (type == "multipart/form-data") return ReadPutForm(request);
  if (type == "application/json") return PutRequest{.product = request.body, .pictures = {}};
  return std::unexpected(
      WrongMediaType(type,
                     "multipart/form-data with parts \"product\" and \"picture\", or "
                     "application/json to keep the stored pictures"));
}

/// Reads what the JSON's "pictures" name into `put`.
std::expected<void, Problem> FetchPictures(const PictureFetcher& fetcher,
                                           const std::vector<std::string>& addresses,
                                           PutRequest& put) {
  if (addresses.empty()) return {};
  if (!put.pictures.empty())
    return Refuse(
        "the product has parts \"picture\" and addresses in \"pictures\"; send one of them");
  for (const std::string& address : addresses) {
    auto bytes = fetcher.Fetch(address);
    if (!bytes)
      return std::unexpected(InvalidFields(
          {{.field = "pictures", .value = address, .detail = bytes.error().message}}));
    put.pictures.push_back(std::move(*bytes));
  }
  return {};
}

HttpResult Put(const CurrentShop& shops, const PictureFetcher& fetcher,
               const HttpRequest& request) {
  auto put = ReadPut(request);
  if (!put) return std::unexpected(put.error());
  if (put->product.size() > kDraftBytesMax)
    return std::unexpected(ProblemOf(
        {Code::kResourceExhausted, fmt::format("the product's JSON has {} bytes; {} are allowed",
                                               put->product.size(), kDraftBytesMax)}));
  const std::string& id = request.path_values.front();
  std::vector<std::string> addresses;
  auto draft = ParseProductDraft(id, put->product, fetcher.has_hosts() ? &addresses : nullptr);
  if (!draft) return std::unexpected(std::move(draft).error());
  if (auto fetched = FetchPictures(fetcher, addresses, *put); !fetched)
    return std::unexpected(std::move(fetched).error());
  const bool keep_pictures = put->pictures.empty();
  const auto outcome = PutProduct(shops, std::move(*draft), put->pictures, keep_pictures);
  if (!outcome) return std::unexpected(ProblemOfWrite(outcome.error()));
  HttpResponse response{.status = outcome->created ? 201 : 200,
                        .media_type = "application/json",
                        .headers = {},
                        .body = ProductJson(outcome->product),
                        .events = {}};
  if (outcome->created)
    response.headers.emplace_back("Location", "/v1/products/" + PercentEncode(id));
  return response;
}

/// The price in the shopper's currency, if that is named and another one.
std::expected<std::optional<Conversion>, Problem> ConvertPrice(const Shop& shop,
                                                               const Product& product,
                                                               const Fields& query) {
  const auto named = std::ranges::find(query, "currency", &Fields::value_type::first);
  if (named == query.end()) return std::nullopt;
  const std::string& currency = named->second;
  if (!CurrencyExponent(currency))
    return std::unexpected(InvalidFields(
        {{.field = "currency", .value = currency, .detail = std::string(kCurrencyRule)}}));
  if (!NeedsConversion(product.price, currency)) return std::nullopt;
  const auto converter = shop.rates.Converter();
  if (!converter) return std::unexpected(ProblemOf(converter.error()));
  return (*converter)->Convert(*product.price, currency);
}

HttpResult Get(const Shop& shop, const HttpRequest& request) {
  const auto product = shop.products.Get(request.path_values.front());
  if (!product) return std::unexpected(ProblemOf(product.error()));
  const auto converted = ConvertPrice(shop, *product, request.query);
  if (!converted) return std::unexpected(converted.error());
  return HttpResponse{.status = 200,
                      .media_type = "application/json",
                      .headers = {},
                      .body = ProductJson(*product, *converted),
                      .events = {}};
}

HttpResult Delete(const CurrentShop& shops, const HttpRequest& request) {
  const auto removed = RemoveProduct(shops, request.path_values.front());
  if (!removed) return std::unexpected(ProblemOfWrite(removed.error()));
  return HttpResponse{.status = 204, .media_type = {}, .headers = {}, .body = {}, .events = {}};
}

}  // namespace

Problem WrongMediaType(std::string_view given, std::string_view wanted) {
  return {.status = 415,
          .code = Code::kInvalidArgument,
          .detail = fmt::format("the body's media type is \"{}\"; send {}", given, wanted),
          .errors = {},
          .headers = {}};
}

Problem ProblemOfWrite(const Error& error) {
  constexpr std::string_view kPicture = "picture ";
  const bool is_of_picture = error.message.starts_with(kPicture) &&
                             error.message.size() > kPicture.size() &&
                             std::isdigit(static_cast<unsigned char>(error.message[8])) != 0;
  const bool is_disk = error.code == Code::kResourceExhausted && !is_of_picture;
  return is_disk ? DiskFullProblem() : ProblemOf(error);
}

void AddProductRoutes(Router& router, const Services& services, const PictureFetcher& fetcher) {
  const CurrentShop& shops = services.shops;
  const std::string pattern = "/v1/products/{id}";
  router.Add(
      {.method = "GET",
       .pattern = pattern,
       .lane = Lane::kStore,
       .handler = [&shops](const HttpRequest& request) { return Get(*shops.Get(), request); },
       .name = {}});
  router.Add({.method = "PUT",
              .pattern = pattern,
              .lane = Lane::kCompute,
              .handler = [&shops, &fetcher](
                             const HttpRequest& request) { return Put(shops, fetcher, request); },
              .name = {}});
  // On the compute lane too: it may wait while an import writes, and pictures must not wait for it.
  router.Add({.method = "DELETE",
              .pattern = pattern,
              .lane = Lane::kCompute,
              .handler = [&shops](const HttpRequest& request) { return Delete(shops, request); },
              .name = {}});
}

}  // namespace snapshelf
