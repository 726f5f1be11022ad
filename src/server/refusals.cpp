#include "server/refusals.h"

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <utility>

#include "base/log.h"
#include "server/compress.h"
#include "server/problem.h"

namespace snapshelf {

Problem TimedOut(std::string_view what) {
  return {.status = 408,
          .code = Code::kDeadlineExceeded,
          .detail = fmt::format("the {} took too long to arrive", what),
          .errors = {},
          .headers = {}};
}

Problem BodyTooLarge(std::size_t bytes_max) {
  return {.status = 413,
          .code = Code::kResourceExhausted,
          .detail = fmt::format("the body is larger than {} bytes", bytes_max),
          .errors = {},
          .headers = {}};
}

Problem HeaderTooLarge(std::size_t bytes_max) {
  return {.status = 431,
          .code = Code::kResourceExhausted,
          .detail = fmt::format("the header is larger than {} bytes", bytes_max),
          .errors = {},
          .headers = {}};
}

Problem Busy() {
  return ProblemOf({Code::kUnavailable, "too much to do at the moment"});
}

HttpResponse CallHandler(const Route& route, const HttpRequest& request) {
  std::optional<ActiveTrace> active;
  if (request.trace) active.emplace(*request.trace);
  try {
    auto result = route.handler(request);
    if (result) {
      PackBody(request, *result);
      return std::move(*result);
    }
    if (result.error().status == 500)
      LogError("{} {}: {}", request.id, route.name, result.error().detail);
    return ProblemResponse(result.error(), request);
  } catch (const std::exception& error) {
    LogError("{} {}: {}", request.id, route.name, error.what());
    return ProblemResponse(ProblemOf({Code::kInternal, error.what()}), request);
  }
}

}  // namespace snapshelf
