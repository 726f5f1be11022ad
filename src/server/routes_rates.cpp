// GET and PUT /v1/rates.
#include <cstddef>
#include <nlohmann/json.hpp>

#include "products/rates_book.h"
#include "server/problem.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

using Json = nlohmann::ordered_json;

// The ECB's history since 1999 as XML has 9 MB.
constexpr std::size_t kRatesBytesMax = std::size_t{16} << 20;

HttpResponse Answer(const Json& json) {
  return {.status = 200,
          .media_type = "application/json",
          .headers = {},
          .body = json.dump(),
          .events = {}};
}

HttpResult GetRates(const Shop& shop) {
  const auto rates = shop.rates.Get();
  if (!rates) return std::unexpected(ProblemOf(rates.error()));
  Json list = Json::array();
  for (const auto& [currency, rate] : (*rates)->all())
    list.push_back({{"currency", currency},
                    {"base", rate.base},
                    {"rate", FormatRate(rate)},
                    {"date", rate.date ? Json(FormatDate(*rate.date)) : Json(nullptr)}});
  return Answer({{"rates", std::move(list)}});
}

HttpResult PutRates(const Shop& shop, const HttpRequest& request) {
  if (request.body.size() > kRatesBytesMax)
    return std::unexpected(
        ProblemOf({Code::kResourceExhausted, "the file of rates is larger than 16 MiB"}));
  const auto done = shop.rates.Import(request.body);
  if (!done) return std::unexpected(ProblemOfWrite(done.error()));
  return Answer({{"taken", done->taken}, {"older", done->older}});
}

}  // namespace

void AddRateRoutes(Router& router, const Services& services) {
  const CurrentShop& shops = services.shops;
  router.Add({.method = "GET",
              .pattern = "/v1/rates",
              .lane = Lane::kStore,
              .handler = [&shops](const HttpRequest&) { return GetRates(*shops.Get()); },
              .name = {}});
  router.Add(
      {.method = "PUT",
       .pattern = "/v1/rates",
       .lane = Lane::kStore,
       .handler = [&shops](const HttpRequest& request) { return PutRates(*shops.Get(), request); },
       .name = {}});
}

}  // namespace snapshelf
