#include "server/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "server/problem.h"
#include "server/url.h"

namespace snapshelf {
namespace {

/// "/v1/products/a%2Fb" -> {"v1", "products", "a%2Fb"}; "/" -> {""}.
std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::vector<std::string>> MatchSegments(const std::vector<std::string>& pattern,
                                                      const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::vector<std::string> values;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool takes_any = pattern[i].starts_with('{');
    if (takes_any && segments[i].empty()) return std::nullopt;
    if (takes_any) values.push_back(segments[i]);
    if (!takes_any && pattern[i] != segments[i]) return std::nullopt;
  }
  return values;
}

Problem MethodNotAllowed(std::string_view method, const std::set<std::string>& allowed) {
  const std::string list = fmt::format("{}", fmt::join(allowed, ", "));
  return {.status = 405,
          .code = Code::kInvalidArgument,
          .detail = fmt::format("{} does not work here; these do: {}", method, list),
          .errors = {},
          .headers = {{"Allow", list}}};
}

}  // namespace

void Router::Add(Route route) {
  SNAPSHELF_CHECK(route.pattern.starts_with('/'));
  if (route.name.empty()) route.name = route.pattern;
  auto segments = Split(route.pattern);
  entries_.push_back({.route = std::move(route), .segments = std::move(segments)});
}

std::expected<Router::Match, Problem> Router::Find(std::string_view method,
                                                   std::string_view path) const {
  if (!path.starts_with('/'))
    return std::unexpected(ProblemOf({Code::kInvalidArgument, "the address must start with /"}));
  // Decoded after splitting, so that an encoded slash stays inside its segment.
  std::vector<std::string> segments = Split(path);
  for (std::string& segment : segments) {
    auto decoded = PercentDecode(segment);
    if (!decoded) return std::unexpected(ProblemOf(decoded.error()));
    segment = std::move(*decoded);
  }
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::set<std::string> allowed;
  for (const Entry& entry : entries_) {
    auto values = MatchSegments(entry.segments, segments);
    if (!values) continue;
    if (entry.route.method == wanted)
      return Match{.route = &entry.route, .values = std::move(*values)};
    allowed.insert(entry.route.method);
    if (entry.route.method == "GET") allowed.insert("HEAD");
  }
  if (!allowed.empty()) return std::unexpected(MethodNotAllowed(method, allowed));
  return std::unexpected(ProblemOf({Code::kNotFound, "nothing is served at this address"}));
}

}  // namespace snapshelf
