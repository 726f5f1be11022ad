#include "server/session.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <string>

#include "server/problem.h"
#include "server/refusals.h"
#include "server/request_id.h"
#include "server/url.h"

namespace snapshelf {
namespace {

namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace

void SetDeadline(Session& session, Clock::time_point when) {
  session.timed_out = false;
  session.deadline.expires_at(when);  // cancels the wait before
  session.deadline.async_wait([held = session.shared_from_this()](ErrorCode error) {
    // A wait that was replaced may be queued as fired already: only a deadline that still lies in
    // the past counts.
    if (error || held->deadline.expiry() > Clock::now()) return;
    held->timed_out = true;
    ErrorCode ignored;
    held->socket.cancel(ignored);
  });
}

void SetDeadline(Session& session, std::chrono::milliseconds from_now) {
  SetDeadline(session, Clock::now() + from_now);
}

void ClearDeadline(Session& session) {
  session.deadline.expires_at(Clock::time_point::max());
}

std::optional<Problem> ProblemOfRead(const Session& session, ErrorCode error, std::string_view what,
                                     const HttpLimits& limits) {
  if (session.timed_out) return TimedOut(what);
  if (error == http::error::body_limit) return BodyTooLarge(limits.body_bytes_max);
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return HeaderTooLarge(limits.header_bytes_max);
  const bool is_gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_gone || error.category() != http::make_error_code(http::error::end_of_stream).category())
    return std::nullopt;
  return ProblemOf({Code::kInvalidArgument, "not valid HTTP: " + error.message()});
}

std::optional<Problem> FillRequest(const RequestParser& parser, HttpRequest& request) {
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.id = TakeOrMakeRequestId(request.Header("x-request-id"));
  request.trace = std::make_shared<Trace>(request.Header("traceparent"));
  const std::string_view target(message.target());
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, question));
  auto query = ParseQueryString(target.substr(std::min(question + 1, target.size())));
  if (!query) return ProblemOf(query.error());
  request.query = std::move(*query);
  return std::nullopt;
}

void SetHeaders(const Session& session, const HttpResponse& response,
                http::response_header<>& message) {
  message.version(session.version);
  message.result(static_cast<unsigned>(response.status));
  message.reason(std::string(HttpStatusWords(response.status)));
  message.set("Date", HttpDate());
  message.set("X-Request-Id", session.request.id);
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Cache-Control", "no-store");  // unless the handler says otherwise
  if (!response.media_type.empty()) message.set("Content-Type", response.media_type);
  for (const auto& [name, value] : response.headers)
    name == "Vary" ? message.insert(name, value) : message.set(name, value);
}

}  // namespace snapshelf
