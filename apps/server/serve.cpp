#include "server/serve.h"

#include <fmt/format.h>

#include <cstdio>
#include <system_error>

#include "base/log.h"
#include "base/thread_pool.h"
#include "server/signal_wait.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

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
  server.photo_addresses = options.photo_addresses;
  server.device_boxes = options.device_boxes;
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
