#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"
#include "server/router.h"
#include "snapshelf/result.h"

namespace snapshelf {

// Pages of other origins, such as a shop's own page with the <shop-by-image> element. They may ask
// and read what shoppers see, and nothing that changes or runs the shop. Without allowed origins a
// browser keeps every answer from them. https://fetch.spec.whatwg.org/#http-cors-protocol

/// Whether `origin` is one as browsers write it: "https://shop.example" or "http://10.0.0.2:8000",
/// in lower case, without a path. errors: kInvalidArgument, naming it.
[[nodiscard]] Status CheckOrigin(std::string_view origin);

/// Answers preflights (OPTIONS) for the routes that other origins may use: 204 for an allowed
/// origin, else 403. Adds nothing without origins.
void AddPreflightRoutes(Router& router, const std::vector<std::string>& origins);

/// Lets a page of an allowed origin read the answer of a route that other origins may use, errors
/// and Retry-After too.
void AddCorsHeaders(const std::vector<std::string>& origins, const Route& route,
                    const HttpRequest& request, HttpResponse& response);

}  // namespace snapshelf
