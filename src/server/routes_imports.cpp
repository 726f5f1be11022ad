// POST /v1/imports and GET /v1/imports/{id}.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "server/import_json.h"
#include "server/problem.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

HttpResult Forbidden(Code code, std::string detail) {
  return std::unexpected(Problem{
      .status = 403, .code = code, .detail = std::move(detail), .errors = {}, .headers = {}});
}

HttpResult StartImport(ImportJobs& jobs, const ImportRouteOptions& options,
                       const HttpRequest& request) {
  if (options.root.empty())
    return Forbidden(Code::kUnimplemented,
                     "imports over HTTP are off; start the server with --import-root DIR to read "
                     "feeds under DIR");
  if (request.MediaType() != "application/json")
    return std::unexpected(WrongMediaType(request.MediaType(), "application/json"));
  auto wanted = ParseImportRequest(request.body);
  if (!wanted) return std::unexpected(std::move(wanted).error());
  auto source = ResolveUnder(options.root, wanted->file);
  if (!source && source.error().code == Code::kInvalidArgument)
    return Forbidden(source.error().code, source.error().message);
  if (!source) return std::unexpected(ProblemOf(source.error()));
  const auto job = jobs.Start(wanted->file, {.source = std::move(*source),
                                             .remove_missing = wanted->remove_missing,
                                             .report = options.report,
                                             .picture_root = options.root});
  if (!job) return std::unexpected(ProblemOf(job.error()));
  return HttpResponse{.status = 202,
                      .media_type = "application/json",
                      .headers = {{"Location", "/v1/imports/" + job->id}},
                      .body = ImportJobJson(*job),
                      .events = {}};
}

HttpResult GetImport(const ImportJobs& jobs, const HttpRequest& request) {
  const std::string& id = request.path_values.front();
  const auto job = jobs.Get(id);
  if (!job) return std::unexpected(ProblemOf(job.error()));
  HttpResponse response{
      .status = 200, .media_type = "application/json", .headers = {}, .body = {}, .events = {}};
  if (request.Header("accept").find("text/event-stream") == std::string_view::npos) {
    response.body = ImportJobJson(*job);
    return response;
  }
  response.media_type = "text/event-stream";
  response.events = [&jobs, id, cursor = std::make_shared<ImportCursor>()] {
    const auto now = jobs.Get(id);
    return now ? ImportEvents(*now, *cursor) : EventPoll{.text = {}, .done = true};
  };
  return response;
}

}  // namespace

void AddImportRoutes(Router& router, ImportJobs& jobs, const ImportRouteOptions& options) {
  router.Add(
      {.method = "POST",
       .pattern = "/v1/imports",
       .lane = Lane::kStore,
       .handler = [&jobs, options](
                      const HttpRequest& request) { return StartImport(jobs, options, request); },
       .name = {}});
  router.Add({.method = "GET",
              .pattern = "/v1/imports/{id}",
              .lane = Lane::kInline,
              .handler = [&jobs](const HttpRequest& request) { return GetImport(jobs, request); },
              .name = {}});
}

}  // namespace snapshelf
