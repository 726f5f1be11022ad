// POST /v1/search and GET /v1/products/{id}/similar.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/find_products.h"
#include "server/answer_json.h"
#include "server/multipart.h"
#include "server/problem.h"
#include "server/query_params.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

constexpr std::string_view kWantedTypes =
    "multipart/form-data with the photo as part \"photo\", or the photo itself as image/jpeg (or "
    "its "
    "own image type)";

HttpResult JsonAnswer(std::string body) {
  return HttpResponse{.status = 200,
                      .media_type = "application/json",
                      .headers = {},
                      .body = std::move(body),
                      .events = {}};
}

std::unexpected<Problem> Refuse(std::string message) {
  return std::unexpected(ProblemOf({Code::kInvalidArgument, std::move(message)}));
}

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The photo of a request and the fields that came with it.
struct Upload {
  std::string_view photo;
  Fields fields;
};

std::expected<Upload, Problem> ReadForm(const HttpRequest& request) {
  const auto parts = ParseForm(request.Header("content-type"), request.body);
  if (!parts) return std::unexpected(ProblemOf(parts.error()));
  Upload upload;
  bool has_photo = false;
  Fields form;
  for (const FormPart& part : *parts) {
    if (part.name == "photo") {
      if (has_photo) return Refuse("the form has more than one part \"photo\"; send one photo");
      has_photo = true;
      upload.photo = part.bytes;
    } else if (part.is_file) {
      return Refuse(fmt::format("the form has a file \"{}\"; the photo's part is named \"photo\"",
                                part.name));
    } else {
      form.emplace_back(part.name, std::string(part.bytes));
    }
  }
  if (!has_photo) return Refuse("the form has no part \"photo\"");
  upload.fields = MergeFields(request.query, form);
  return upload;
}

std::expected<Upload, Problem> ReadUpload(const HttpRequest& request) {
  const std::string type = request.MediaType();
  if (type == "multipart/form-data") return ReadForm(request);
  const bool is_photo = type.starts_with("image/") || type == "application/octet-stream";
  if (!is_photo && !(type.empty() && request.body.empty()))
    return std::unexpected(WrongMediaType(type, kWantedTypes));
  return Upload{.photo = request.body, .fields = request.query};
}

HttpResult SearchByToken(const ProductFinder& finder, const HttpRequest& request,
                         const std::string& token) {
  if (!request.body.empty())
    return Refuse("give either a photo or the token of one (photo=...), not both");
  const auto query = ParseProductQuery(request.query, {"photo"});
  if (!query) return std::unexpected(query.error());
  const auto answer = finder.FindByToken(token, *query);
  if (!answer) return std::unexpected(ProblemOf(answer.error()));
  return JsonAnswer(AnswerJson(*answer, *query));
}

HttpResult Search(const ProductFinder& finder, const HttpRequest& request) {
  const auto token = std::ranges::find(request.query, "photo", &Fields::value_type::first);
  if (token != request.query.end()) return SearchByToken(finder, request, token->second);
  const auto upload = ReadUpload(request);
  if (!upload) return std::unexpected(upload.error());
  const auto query = ParseProductQuery(upload->fields);
  if (!query) return std::unexpected(query.error());
  if (upload->photo.empty())
    return Refuse("the photo is empty; send " + std::string(kWantedTypes) +
                  ", or photo=TOKEN for a photo that was searched before");
  if (query->offset > 0)
    return Refuse("cursor goes on in a photo that was searched before; give its token as photo");
  const auto answer = finder.FindByPhoto(BytesOf(upload->photo), *query);
  if (!answer) return std::unexpected(ProblemOf(answer.error()));
  return JsonAnswer(AnswerJson(*answer, *query));
}

HttpResult Similar(const ProductFinder& finder, const HttpRequest& request) {
  const auto query = ParseProductQuery(request.query);
  if (!query) return std::unexpected(query.error());
  if (query->box)
    return Refuse("box, and the \"next\" of an answer to a photo, work for photos only");
  if (query->objects != ObjectChoice::kAll) return Refuse("objects works for photos only");
  const auto object = finder.FindSimilar(request.path_values.front(), *query);
  if (!object) return std::unexpected(ProblemOf(object.error()));
  return JsonAnswer(SimilarJson(*object, *query));
}

}  // namespace

void AddSearchRoutes(Router& router, const Services& services) {
  const ProductFinder& finder = services.finder;
  router.Add({.method = "POST",
              .pattern = "/v1/search",
              .lane = Lane::kCompute,
              .handler = [&finder](const HttpRequest& request) { return Search(finder, request); },
              .name = {}});
  router.Add({.method = "GET",
              .pattern = "/v1/products/{id}/similar",
              .lane = Lane::kCompute,
              .handler = [&finder](const HttpRequest& request) { return Similar(finder, request); },
              .name = {}});
}

}  // namespace snapshelf
