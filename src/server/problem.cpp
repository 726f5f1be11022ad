#include "server/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace snapshelf {
namespace {

constexpr std::size_t kValueShownMax = 100;

constexpr std::array<std::pair<Code, int>, 10> kStatusOfCode = {{
    {Code::kInvalidArgument, 400},
    {Code::kNotFound, 404},
    {Code::kAlreadyExists, 409},
    {Code::kCorruption, 500},
    {Code::kIoError, 500},
    {Code::kUnavailable, 503},
    {Code::kDeadlineExceeded, 504},
    {Code::kResourceExhausted, 413},
    {Code::kUnimplemented, 501},
    {Code::kInternal, 500},
}};

constexpr std::array<std::pair<int, std::string_view>, 25> kWordsOfStatus = {{
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

std::string Shortened(const std::string& value) {
  return value.size() <= kValueShownMax ? value : value.substr(0, kValueShownMax) + "...";
}

nlohmann::ordered_json FieldErrorJson(const FieldError& error) {
  return {{"field", error.field}, {"value", Shortened(error.value)}, {"detail", error.detail}};
}

}  // namespace

int HttpStatusOf(Code code) {
  const auto* const found = std::ranges::find(kStatusOfCode, code, &std::pair<Code, int>::first);
  return found == kStatusOfCode.end() ? 500 : found->second;
}

std::string_view HttpStatusWords(int status) {
  const auto* const found =
      std::ranges::find(kWordsOfStatus, status, &std::pair<int, std::string_view>::first);
  return found == kWordsOfStatus.end() ? "Error" : found->second;
}

Problem ProblemOf(const Error& error) {
  Problem problem{.status = HttpStatusOf(error.code),
                  .code = error.code,
                  .detail = error.message,
                  .errors = {},
                  .headers = {}};
  if (problem.status == 503) problem.headers.emplace_back("Retry-After", "1");
  return problem;
}

Problem DiskFullProblem() {
  return {.status = 507,
          .code = Code::kResourceExhausted,
          .detail = "the disk of the data folder is full; nothing was changed",
          .errors = {},
          .headers = {}};
}

Problem InvalidFields(std::vector<FieldError> errors) {
  std::string detail;
  for (const FieldError& error : errors) {
    if (!detail.empty()) detail += "; ";
    detail += fmt::format("{} is \"{}\": {}", error.field, Shortened(error.value), error.detail);
  }
  return {.status = 400,
          .code = Code::kInvalidArgument,
          .detail = std::move(detail),
          .errors = std::move(errors),
          .headers = {}};
}

HttpResponse ProblemResponse(const Problem& problem, const HttpRequest& request) {
  nlohmann::ordered_json json = {
      {"type", "about:blank"},
      {"title", HttpStatusWords(problem.status)},
      {"status", problem.status},
      {"detail", problem.status == 500
                     ? "the server failed; its log tells more under this request id"
                     : problem.detail},
      {"instance", request.path},
      {"code", CodeName(problem.code)},
      {"request_id", request.id},
  };
  for (const FieldError& error : problem.errors) json["errors"].push_back(FieldErrorJson(error));
  using Handler = nlohmann::ordered_json::error_handler_t;
  return {.status = problem.status,
          .media_type = "application/problem+json",
          .headers = problem.headers,
          .body = json.dump(-1, ' ', false, Handler::replace),
          .events = {}};
}

}  // namespace snapshelf
