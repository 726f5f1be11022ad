// GET /v1/pictures/{id}.
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string>

#include "pipeline/edit_products.h"
#include "server/problem.h"
#include "server/query_params.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

/// A picture's bytes never change under its id: browsers may keep it for a year.
constexpr std::string_view kCacheControl = "public, max-age=31536000, immutable";

std::optional<PictureId> ParsePictureId(std::string_view text) {
  PictureId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

HttpResult GetPicture(const Shop& shop, const HttpRequest& request) {
  const auto id = ParsePictureId(request.path_values.front());
  if (!id)
    return std::unexpected(ProblemOf({Code::kNotFound, fmt::format("picture \"{}\" does not exist",
                                                                   request.path_values.front())}));
  for (const auto& [name, value] : request.query)
    if (name != "w") return std::unexpected(InvalidFields({{name, value, "unknown; w is known"}}));
  // The range itself is checked where thumbnails are made, so that it stands in one place.
  const auto width = ParseIntField(request.query, "w", 0, std::numeric_limits<int>::max());
  if (!width) return std::unexpected(width.error());
  auto picture = ReadPicture(shop, *id, *width);
  if (!picture) return std::unexpected(ProblemOf(picture.error()));
  const std::string etag = fmt::format("\"{}\"", picture->etag);
  HttpResponse response{.status = 200,
                        .media_type = std::move(picture->media_type),
                        .headers = {{"ETag", etag}, {"Cache-Control", std::string(kCacheControl)}},
                        .body = {},
                        .events = {}};
  if (MatchesEtag(request.Header("if-none-match"), etag)) {
    response.status = 304;
    response.media_type.clear();
  } else {
    response.body.assign(reinterpret_cast<const char*>(picture->bytes.data()),
                         picture->bytes.size());
  }
  return response;
}

}  // namespace

bool MatchesEtag(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" ||
         (!etag.empty() && if_none_match.find(etag) != std::string_view::npos);
}

void AddPictureRoutes(Router& router, const Services& services) {
  const CurrentShop& shops = services.shops;
  router.Add(
      {.method = "GET",
       .pattern = "/v1/pictures/{id}",
       .lane = Lane::kStore,
       .handler =
           [&shops](const HttpRequest& request) { return GetPicture(*shops.Get(), request); },
       .name = {}});
}

}  // namespace snapshelf
