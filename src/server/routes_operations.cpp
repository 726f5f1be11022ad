// GET /healthz, /readyz, /metrics and /openapi.json.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "server/files.h"
#include "server/problem.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

HttpResponse Json(std::string body) {
  return {.status = 200,
          .media_type = "application/json",
          .headers = {},
          .body = std::move(body),
          .events = {}};
}

HttpResult Readiness(const Shop& shop, const ServerOptions& options) {
  const auto counts = shop.products.Counts();
  if (!counts)
    return std::unexpected(
        ProblemOf({Code::kUnavailable, "the products cannot be read: " + counts.error().message}));
  if (const Status vectors = shop.index.Ready(); !vectors)
    return std::unexpected(ProblemOf(
        {Code::kUnavailable, "the vectors cannot be searched: " + vectors.error().message}));
  const IndexStats index = shop.index.stats();
  return Json(fmt::format(
      R"({{"status":"ready","products":{},"vectors":{},"vectors_lost":{},"photo_addresses":{},"device_boxes":{}}})",
      counts->products, index.vectors, index.lost, options.photo_addresses, options.device_boxes));
}

/// One question to the index, which may be on another machine, for all of its figures.
void CountVectors(const Shop& shop) {
  const IndexStats stats = shop.index.stats();
  const auto set = [&shop](const char* name, const char* help, std::size_t count) {
    shop.metrics.Gauge(name, help, [count] { return static_cast<double>(count); });
  };
  set("snapshelf_vectors", "Vectors that can be found", stats.vectors);
  set("snapshelf_vectors_lost",
      "Vectors in damaged files, at most; snapshelf verify --repair makes them anew", stats.lost);
  set("snapshelf_products", "Products that can be found", stats.groups);
}

HttpResult WriteMetrics(const Shop& shop) {
  CountVectors(shop);
  return HttpResponse{.status = 200,
                      .media_type = "text/plain; version=0.0.4; charset=utf-8",
                      .headers = {},
                      .body = shop.metrics.Write(),
                      .events = {}};
}

void AddGet(Router& router, const std::string& path, Lane lane, HttpHandler handler) {
  router.Add(
      {.method = "GET", .pattern = path, .lane = lane, .handler = std::move(handler), .name = {}});
}

}  // namespace

Status AddOperationRoutes(Router& router, const Services& services, const ServerOptions& options) {
  const CurrentShop& shops = services.shops;
  AddGet(router, "/healthz", Lane::kInline,
         [](const HttpRequest&) -> HttpResult { return Json(R"({"status":"ok"})"); });
  AddGet(router, "/readyz", Lane::kStore,
         [&shops, options](const HttpRequest&) { return Readiness(*shops.Get(), options); });
  AddGet(router, "/metrics", Lane::kStore,
         [&shops](const HttpRequest&) { return WriteMetrics(*shops.Get()); });
  if (options.openapi.empty()) return {};
  auto description = ReadTextFile(options.openapi);
  if (!description) return std::unexpected(std::move(description).error());
  AddGet(router, "/openapi.json", Lane::kInline,
         [text = std::make_shared<const std::string>(std::move(*description))](
             const HttpRequest&) -> HttpResult { return Json(*text); });
  return {};
}

}  // namespace snapshelf
