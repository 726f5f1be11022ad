#include "server/serve.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <system_error>

#include "base/log.h"
#include "base/thread_pool.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

/// A handler may only write to a descriptor; the main thread reads from it.
volatile int signal_event = -1;

void OnSignal(int /*signal*/) {
  const int saved = errno;
  const std::uint64_t one = 1;
  if (write(signal_event, &one, sizeof one) < 0) _exit(1);
  errno = saved;
}

/// Takes SIGTERM and SIGINT while it lives, each once: the second one has its usual effect.
class SignalWait {
 public:
  SignalWait() {
    signal_event = eventfd(0, EFD_CLOEXEC);
    struct sigaction action = {};
    action.sa_handler = OnSignal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
  }
  ~SignalWait() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    close(signal_event);
  }
  SignalWait(const SignalWait&) = delete;
  SignalWait& operator=(const SignalWait&) = delete;

  static void Wait() {
    std::uint64_t count = 0;
    while (read(signal_event, &count, sizeof count) < 0 && errno == EINTR) {
    }
  }

 private:
  static constexpr std::array<int, 2> kSignals = {SIGTERM, SIGINT};
  std::array<struct sigaction, 2> before_{};
};

/// bin/snapshelf -> share/snapshelf beside bin.
fs::path ShareFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "snapshelf";
}

ServerOptions MakeServerOptions(const ServeOptions& options) {
  const fs::path share = ShareFolder();
  ServerOptions server;
  server.http.host = options.host;
  server.http.port = options.port;
  server.http.compute_threads = options.workers > 0 ? options.workers : UsableCores();
  server.http.compute_queue = options.queue;
  server.http.otlp_endpoint = options.otlp_endpoint;
  server.http.allowed_origins = options.allowed_origins;
  server.web = options.web.empty() ? share / "web" : options.web;
  server.openapi = share / "openapi.json";
  server.import_root = options.import_root;
  server.import_report = options.import_report;
  server.picture_hosts = options.picture_hosts;
  return server;
}

std::string Address(const std::string& host, int port) {
  const bool is_any = host == "0.0.0.0" || host == "::";
  const bool is_v6 = host.find(':') != std::string::npos && !is_any;
  const std::string name = is_any ? "127.0.0.1" : is_v6 ? fmt::format("[{}]", host) : host;
  return fmt::format("http://{}:{}/", name, port);
}

}  // namespace

Status Serve(const Services& services, const ServeOptions& options) {
  const auto counts = services.shops.Get()->products.Counts();
  if (!counts) return std::unexpected(counts.error());
  // Before the first request, so that no signal in between is lost.
  const SignalWait signals;
  auto server = ShopServer::Start(services, MakeServerOptions(options));
  if (!server) return std::unexpected(std::move(server).error());
  fmt::print("Snapshelf serves {} products at {}\n", counts->products,
             Address(options.host, (*server)->port()));
  std::fflush(stdout);
  SignalWait::Wait();
  LogInfo("stopping");
  (*server)->Stop();
  (*server)->Wait();
  return {};
}

}  // namespace snapshelf
