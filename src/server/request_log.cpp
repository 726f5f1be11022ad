#include "server/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"

namespace snapshelf {
namespace {

/// Anything else is OTHER: labels come from clients and must not grow without bound.
constexpr std::array<std::string_view, 7> kMethods = {"GET",    "HEAD",  "POST",   "PUT",
                                                      "DELETE", "PATCH", "OPTIONS"};

std::string WordsOf(const Trace& trace) {
  std::string words = " trace=" + trace.trace_id();
  for (const TraceSpan& span : trace.spans())
    words += fmt::format(" {}={:.1f}", span.name,
                         std::chrono::duration<double, std::milli>(span.end - span.start).count());
  return words;
}

}  // namespace

void RecordRequest(Metrics& metrics, const HttpRequest& request, std::string_view route, int status,
                   std::chrono::steady_clock::duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto* const known = std::ranges::find(kMethods, std::string_view(request.method));
  const std::string_view method = known == kMethods.end() ? "OTHER" : *known;
  metrics
      .Durations("http_server_request_duration_seconds",
                 "Time from a request's header to its answer",
                 fmt::format(R"(route="{}",method="{}",status="{}")", route, method, status))
      .Observe(seconds);
  if (status >= 400)
    ++metrics.Counter("snapshelf_http_errors_total", "Answers with status 400 and above",
                      fmt::format(R"(status="{}")", status));
  LogInfo("{} {} {} {:.1f} ms {}{}", method, route, status, seconds * 1e3, request.id,
          request.trace ? WordsOf(*request.trace) : "");
}

}  // namespace snapshelf
