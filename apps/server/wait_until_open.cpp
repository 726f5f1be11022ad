#include "server/wait_until_open.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "server/http_server.h"
#include "server/problem.h"
#include "server/signal_wait.h"

namespace snapshelf {
namespace {

constexpr std::chrono::milliseconds kPause{500};
// The longest path of api/openapi.yaml has four.
constexpr int kSegmentsMax = 6;

bool MayPass(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kResourceExhausted;
}

/// Why the shop is not open yet. Thread-safe.
class Reason {
 public:
  /// False if it was the same before.
  bool Set(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (text_ == text) return false;
    text_ = text;
    return true;
  }
  [[nodiscard]] std::string Get() const {
    const std::scoped_lock lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_ = "the shop is being opened";
};

Router MakeRouter(const Reason& reason) {
  Router router;
  router.Add({.method = "GET",
              .pattern = "/healthz",
              .lane = Lane::kInline,
              .handler =
                  [](const HttpRequest&) {
                    HttpResponse response;
                    response.media_type = "application/json";
                    response.body = R"({"status":"ok"})";
                    return HttpResult(std::move(response));
                  },
              .name = {}});
  const HttpHandler refuse = [&reason](const HttpRequest&) -> HttpResult {
    return std::unexpected(ProblemOf({Code::kUnavailable, reason.Get()}));
  };
  for (const char* const method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    std::string pattern = "/";
    for (int segments = 0; segments <= kSegmentsMax; ++segments) {
      router.Add({.method = method,
                  .pattern = pattern,
                  .lane = Lane::kInline,
                  .handler = refuse,
                  .name = "waiting"});
      pattern += fmt::format("{}{{s{}}}", segments == 0 ? "" : "/", segments);
    }
  }
  return router;
}

}  // namespace

Result<bool> WaitUntilOpen(ServeOptions& options, const std::function<Status()>& open) {
  const SignalWait signals;
  Reason reason;
  Metrics metrics;
  const auto server =
      HttpServer::Start(MakeRouter(reason), {.host = options.host, .port = options.port}, metrics);
  if (!server) return std::unexpected(server.error());
  options.port = (*server)->port();
  for (bool is_first = true;; is_first = false) {
    const Status opened = open();
    if (opened) return true;
    if (!MayPass(opened.error())) return std::unexpected(opened.error());
    if (reason.Set(opened.error().message)) LogWarning("waiting: {}", opened.error().message);
    if (is_first) {
      fmt::print("Snapshelf waits on port {}: {}\n", options.port, opened.error().message);
      std::fflush(stdout);
    }
    if (SignalWait::WaitFor(kPause)) return false;
  }
}

}  // namespace snapshelf
