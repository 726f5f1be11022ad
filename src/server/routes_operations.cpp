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

HttpResult Readiness(const Shop& shop, bool photo_addresses) {
  const auto counts = shop.products.Counts();
  if (!counts)
    return std::unexpected(
        ProblemOf({Code::kUnavailable, "the products cannot be read: " + counts.error().message}));
  if (const Status vectors = shop.index.Ready(); !vectors)
    return std::unexpected(ProblemOf(
        {Code::kUnavailable, "the vectors cannot be searched: " + vectors.error().message}));
  const IndexStats index = shop.index.stats();
  return Json(fmt::format(
      R"({{"status":"ready","products":{},"vectors":{},"vectors_lost":{},"photo_addresses":{}}})",
      counts->products, index.vectors, index.lost, photo_addresses));
}

HttpResult WriteMetrics(const Shop& shop) {
  return HttpResponse{.status = 200,
                      .media_type = "text/plain; version=0.0.4; charset=utf-8",
                      .headers = {},
                      .body = shop.metrics.Write(),
                      .events = {}};
}

void AddGauges(const CurrentShop& shops) {
  Metrics& metrics = shops.Get()->metrics;
  metrics.Gauge("snapshelf_vectors", "Vectors that can be found",
                [&shops] { return static_cast<double>(shops.Get()->index.stats().vectors); });
  metrics.Gauge("snapshelf_vectors_lost",
                "Vectors in damaged files, at most; snapshelf verify --repair makes them anew",
                [&shops] { return static_cast<double>(shops.Get()->index.stats().lost); });
  metrics.Gauge("snapshelf_products", "Products that can be found",
                [&shops] { return static_cast<double>(shops.Get()->index.stats().groups); });
}

void AddGet(Router& router, const std::string& path, Lane lane, HttpHandler handler) {
  router.Add(
      {.method = "GET", .pattern = path, .lane = lane, .handler = std::move(handler), .name = {}});
}

}  // namespace

Status AddOperationRoutes(Router& router, const Services& services,
                          const std::filesystem::path& openapi, bool photo_addresses) {
  const CurrentShop& shops = services.shops;
  AddGauges(shops);
  AddGet(router, "/healthz", Lane::kInline,
         [](const HttpRequest&) -> HttpResult { return Json(R"({"status":"ok"})"); });
  AddGet(router, "/readyz", Lane::kStore, [&shops, photo_addresses](const HttpRequest&) {
    return Readiness(*shops.Get(), photo_addresses);
  });
  AddGet(router, "/metrics", Lane::kStore,
         [&shops](const HttpRequest&) { return WriteMetrics(*shops.Get()); });
  if (openapi.empty()) return {};
  auto description = ReadTextFile(openapi);
  if (!description) return std::unexpected(std::move(description).error());
  AddGet(router, "/openapi.json", Lane::kInline,
         [text = std::make_shared<const std::string>(std::move(*description))](
             const HttpRequest&) -> HttpResult { return Json(*text); });
  return {};
}

}  // namespace snapshelf
