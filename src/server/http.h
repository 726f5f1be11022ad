#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/trace.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Names and values in the order they came; a name may repeat.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request as the handlers see it: whole, checked against the limits, decoded.
struct HttpRequest {
  std::string method;
  std::string path;                      ///< as sent: percent-encoded, without the query
  Fields query;                          ///< decoded
  Fields headers;                        ///< names in lower case
  std::string body;                      ///< bytes
  std::string id;                        ///< X-Request-Id, taken or made
  std::vector<std::string> path_values;  ///< decoded, one per {name} of the route's pattern
  std::shared_ptr<Trace> trace;          ///< of whoever handles it; null: not traced

  /// The first header of that name (lower case), or empty.
  [[nodiscard]] std::string_view Header(std::string_view name) const;
  /// The media type of the body in lower case, without parameters; empty if none was given.
  [[nodiscard]] std::string MediaType() const;
};

/// The next piece of an event stream.
struct EventPoll {
  std::string text;  ///< whole server-sent events; may be empty
  bool done = false;
};

struct HttpResponse {
  int status = 200;
  std::string media_type;  ///< empty: no Content-Type
  Fields headers;
  std::string body;
  /// If set, the body is a stream of server-sent events: asked again and again (from the I/O
  /// thread, so it must not block) until done or until the client has gone.
  std::function<EventPoll()> events;
};

/// One wrong field of a request.
struct FieldError {
  std::string field;
  std::string value;   ///< as sent
  std::string detail;  ///< "must be 1 to 500"
};

/// Why a request was refused or failed: the content of an RFC 9457 answer.
struct Problem {
  int status = 500;
  Code code = Code::kInternal;
  std::string detail;
  std::vector<FieldError> errors;
  Fields headers;  ///< of the answer, such as Allow and Retry-After
};

using HttpResult = std::expected<HttpResponse, Problem>;
using HttpHandler = std::function<HttpResult(const HttpRequest&)>;

}  // namespace snapshelf
