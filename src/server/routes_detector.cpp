// GET /v1/detector and /v1/detector/model: for pages that mark the things in a photo before it is
// sent.
#include <fmt/format.h>

#include <string>

#include "server/files.h"
#include "server/problem.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

HttpResult GetCard(const Shop& shop, const HttpRequest& /*request*/) {
  return HttpResponse{.status = 200,
                      .media_type = "application/json",
                      .headers = {{"Cache-Control", "no-cache"}},
                      .body = shop.detector.Published().card,
                      .events = {}};
}

/// The ONNX file; 304 where the client has it.
HttpResult GetModel(const Shop& shop, const HttpRequest& request) {
  const PublishedModel detector = shop.detector.Published();
  HttpResponse response{.status = 200,
                        .media_type = "application/octet-stream",
                        .headers = {{"Cache-Control", "no-cache"}},
                        .body = {},
                        .events = {}};
  if (!detector.sha256.empty()) {
    const std::string etag = fmt::format("\"{}\"", detector.sha256);
    response.headers.emplace_back("ETag", etag);
    if (MatchesEtag(request.Header("if-none-match"), etag)) {
      response.status = 304;
      return response;
    }
  }
  auto bytes = ReadTextFile(detector.file);
  if (!bytes) return std::unexpected(ProblemOf(bytes.error()));
  response.body = std::move(*bytes);
  return response;
}

}  // namespace

void AddDetectorRoutes(Router& router, const Services& services, bool is_on) {
  const CurrentShop& shops = services.shops;
  const auto add = [&](const char* pattern, HttpResult (*get)(const Shop&, const HttpRequest&)) {
    router.Add(
        {.method = "GET",
         .pattern = pattern,
         .lane = Lane::kStore,
         .handler = [&shops, is_on, get](const HttpRequest& request) -> HttpResult {
           if (is_on) return get(*shops.Get(), request);
           return std::unexpected(ProblemOf(
               {Code::kNotFound, "the detector is not given out (serve --device-boxes gives it)"}));
         },
         .name = {}});
  };
  add("/v1/detector", GetCard);
  add("/v1/detector/model", GetModel);
}

}  // namespace snapshelf
