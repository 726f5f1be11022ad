#pragma once

#include <cstddef>
#include <string_view>

#include "server/http.h"
#include "server/router.h"

namespace snapshelf {

// What the server itself says to requests that do not get to their handler.

/// 408; `what` is "header" or "body".
[[nodiscard]] Problem TimedOut(std::string_view what);
/// 413
[[nodiscard]] Problem BodyTooLarge(std::size_t bytes_max);
/// 431
[[nodiscard]] Problem HeaderTooLarge(std::size_t bytes_max);
/// 503 with Retry-After
[[nodiscard]] Problem Busy();

/// The handler's answer, or the problem's; an exception becomes a 500. Failures of the server are
/// logged.
[[nodiscard]] HttpResponse CallHandler(const Route& route, const HttpRequest& request);

}  // namespace snapshelf
