#pragma once

#include <chrono>
#include <string_view>

#include "base/metrics.h"
#include "server/http.h"

namespace snapshelf {

/// One line in the log and one observation in the metrics per request. The line has the request's
/// id, its trace and the milliseconds of each stage; it never holds the query (photo tokens) or the
/// body.
void RecordRequest(Metrics& metrics, const HttpRequest& request, std::string_view route, int status,
                   std::chrono::steady_clock::duration duration);

}  // namespace snapshelf
