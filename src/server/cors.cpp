#include "server/cors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace snapshelf {
namespace {

/// What the element asks for. All else (PUT, DELETE, imports, metrics) stays with its own origin.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOpenRoutes = {{
    {"POST", "/v1/search"},
    {"GET", "/v1/products/{id}"},
    {"GET", "/v1/products/{id}/similar"},
    {"GET", "/v1/languages"},
    {"GET", "/v1/currencies"},
}};

/// A day: a preflight before each search would double its round trips.
constexpr std::string_view kPreflightSecondsMax = "86400";

bool IsOpen(const Route& route) {
  return std::ranges::any_of(kOpenRoutes, [&route](const auto& open) {
    return open.first == route.method && open.second == route.pattern;
  });
}

bool Allows(const std::vector<std::string>& origins, std::string_view origin) {
  return std::ranges::find(origins, origin) != origins.end();
}

HttpResult AnswerPreflight(const std::vector<std::string>& origins, std::string_view method,
                           const HttpRequest& request) {
  const std::string origin(request.Header("origin"));
  if (!Allows(origins, origin))
    return std::unexpected(
        Problem{.status = 403,
                .code = Code::kInvalidArgument,
                .detail = fmt::format("pages of \"{}\" may not ask; see --allow-origin", origin),
                .errors = {},
                .headers = {{"Vary", "Origin"}}});
  return HttpResponse{
      .status = 204,
      .media_type = {},
      .headers = {{"Access-Control-Allow-Origin", origin},
                  {"Access-Control-Allow-Methods", std::string(method)},
                  {"Access-Control-Allow-Headers", "Content-Type, X-Request-Id, traceparent"},
                  {"Access-Control-Max-Age", std::string(kPreflightSecondsMax)},
                  {"Vary", "Origin"}},
      .body = {},
      .events = {}};
}

}  // namespace

Status CheckOrigin(std::string_view origin) {
  std::string_view host = origin;
  for (const std::string_view scheme : {"https://", "http://"})
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
  const bool has_scheme = host.size() < origin.size();
  const bool is_plain = !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || std::string_view("-.:[]").contains(char(c));
  });
  if (has_scheme && is_plain) return {};
  return Fail(Code::kInvalidArgument,
              fmt::format("\"{}\" is not an origin such as https://shop.example", origin));
}

void AddPreflightRoutes(Router& router, const std::vector<std::string>& origins) {
  if (origins.empty()) return;
  for (const auto& [method, pattern] : kOpenRoutes)
    router.Add({.method = "OPTIONS",
                .pattern = std::string(pattern),
                .lane = Lane::kInline,
                .handler =
                    [origins, method](const HttpRequest& request) {
                      return AnswerPreflight(origins, method, request);
                    },
                .name = {}});
}

void AddCorsHeaders(const std::vector<std::string>& origins, const Route& route,
                    const HttpRequest& request, HttpResponse& response) {
  if (origins.empty() || !IsOpen(route)) return;
  response.headers.emplace_back("Vary", "Origin");
  const std::string origin(request.Header("origin"));
  if (!Allows(origins, origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
}

}  // namespace snapshelf
