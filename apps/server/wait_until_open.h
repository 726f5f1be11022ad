#pragma once

#include <functional>

#include "server/serve.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Tries to open the shop until it succeeds, and meanwhile listens at its address: /healthz answers
/// 200, all else 503 with the reason. For shops whose database is another program's: that one may
/// start later, and this server must not be restarted for it.
///
/// Afterwards `options.port` is the port that was listened at, and is free again.
///
/// returns false if SIGTERM or SIGINT came first. errors: those of HttpServer::Start; those of
/// `open` that time does not mend.
Result<bool> WaitUntilOpen(ServeOptions& options, const std::function<Status()>& open);

}  // namespace snapshelf
