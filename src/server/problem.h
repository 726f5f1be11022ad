#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What is wrong with a currency that is none.
inline constexpr std::string_view kCurrencyRule =
    "must be an ISO 4217 code such as EUR, USD or JPY";

/// The one table from our codes to HTTP. kResourceExhausted is 413 (a photo beyond its limits);
/// writing routes answer 507 for a full disk with DiskFullProblem.
[[nodiscard]] int HttpStatusOf(Code code);

/// The words of a status: 404 -> "Not Found".
[[nodiscard]] std::string_view HttpStatusWords(int status);

/// A problem with the status of the error's code. kUnavailable gets Retry-After.
[[nodiscard]] Problem ProblemOf(const Error& error);

/// 507. Nothing of the disk's layout is told to the client.
[[nodiscard]] Problem DiskFullProblem();

/// 400 that lists the wrong fields; its detail says all of it in one line for people.
[[nodiscard]] Problem InvalidFields(std::vector<FieldError> errors);

/// application/problem+json. The detail of a 500 stays in the log: it may name files of the server.
[[nodiscard]] HttpResponse ProblemResponse(const Problem& problem, const HttpRequest& request);

}  // namespace snapshelf
