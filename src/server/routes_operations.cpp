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

HttpResult Readiness(const Shop& shop) {
  const auto counts = shop.products.Counts();
  if (!counts)
    return std::unexpected(ProblemOf({Code::kUnavailable, "the product store does not answer"}));
  return Json(fmt::format(R"({{"status":"ready","products":{},"vectors":{}}})", counts->products,
                          shop.index.stats().vectors));
}

HttpResult WriteMetrics(const Shop& shop) {
  return HttpResponse{.status = 200,
                      .media_type = "text/plain; version=0.0.4; charset=utf-8",
                      .headers = {},
                      .body = shop.metrics.Write(),
                      .events = {}};
}

void AddGauges(const Shop& shop) {
  const VectorIndex& index = shop.index;
  shop.metrics.Gauge("snapshelf_vectors", "Vectors that can be found",
                     [&index] { return static_cast<double>(index.stats().vectors); });
  shop.metrics.Gauge("snapshelf_products", "Products that can be found",
                     [&index] { return static_cast<double>(index.stats().groups); });
}

void AddGet(Router& router, const std::string& path, Lane lane, HttpHandler handler) {
  router.Add(
      {.method = "GET", .pattern = path, .lane = lane, .handler = std::move(handler), .name = {}});
}

}  // namespace

Status AddOperationRoutes(Router& router, const Services& services,
                          const std::filesystem::path& openapi) {
  const Shop& shop = services.shop;
  AddGauges(shop);
  AddGet(router, "/healthz", Lane::kInline,
         [](const HttpRequest&) -> HttpResult { return Json(R"({"status":"ok"})"); });
  AddGet(router, "/readyz", Lane::kStore, [&shop](const HttpRequest&) { return Readiness(shop); });
  AddGet(router, "/metrics", Lane::kStore,
         [&shop](const HttpRequest&) { return WriteMetrics(shop); });
  if (openapi.empty()) return {};
  auto description = ReadTextFile(openapi);
  if (!description) return std::unexpected(std::move(description).error());
  AddGet(router, "/openapi.json", Lane::kInline,
         [text = std::make_shared<const std::string>(std::move(*description))](
             const HttpRequest&) -> HttpResult { return Json(*text); });
  return {};
}

}  // namespace snapshelf
