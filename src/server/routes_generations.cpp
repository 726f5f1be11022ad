// GET and POST /v1/generations.
#include <memory>
#include <string>
#include <utility>

#include "server/generation_json.h"
#include "server/problem.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

HttpResult StartChange(const CurrentShop& shops, GenerationJobs& jobs, const HttpRequest& request) {
  if (request.MediaType() != "application/json")
    return std::unexpected(WrongMediaType(request.MediaType(), "application/json"));
  auto names = ParseGenerationRequest(request.body);
  if (!names) return std::unexpected(std::move(names).error());
  if (const auto started = jobs.Start(std::move(*names)); !started)
    return std::unexpected(ProblemOf(started.error()));
  return HttpResponse{.status = 202,
                      .media_type = "application/json",
                      .headers = {{"Location", "/v1/generations"}},
                      .body = GenerationsJson(*shops.Get(), jobs.Last()),
                      .events = {}};
}

HttpResult GetGenerations(const CurrentShop& shops, const GenerationJobs& jobs,
                          const HttpRequest& request) {
  HttpResponse response{
      .status = 200, .media_type = "application/json", .headers = {}, .body = {}, .events = {}};
  if (request.Header("accept").find("text/event-stream") == std::string_view::npos) {
    // The job first: one that is done is followed by the shop that it made.
    const auto job = jobs.Last();
    response.body = GenerationsJson(*shops.Get(), job);
    return response;
  }
  response.media_type = "text/event-stream";
  response.events = [&shops, &jobs, told = std::make_shared<std::string>()] {
    const auto job = jobs.Last();
    return GenerationEvents(*shops.Get(), job, *told);
  };
  return response;
}

}  // namespace

void AddGenerationRoutes(Router& router, const Services& services, GenerationJobs& jobs) {
  const CurrentShop& shops = services.shops;
  router.Add(
      {.method = "POST",
       .pattern = "/v1/generations",
       .lane = Lane::kStore,
       .handler = [&shops,
                   &jobs](const HttpRequest& request) { return StartChange(shops, jobs, request); },
       .name = {}});
  router.Add(
      {.method = "GET",
       .pattern = "/v1/generations",
       .lane = Lane::kInline,
       .handler = [&shops, &jobs](
                      const HttpRequest& request) { return GetGenerations(shops, jobs, request); },
       .name = {}});
}

}  // namespace snapshelf
