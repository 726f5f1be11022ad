#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "server/router.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What clients may cost. Every phase of a connection has its own time, so that a slow or idle
/// phone ends up with 408 or a closed connection and never holds a thread.
struct HttpLimits {
  std::size_t header_bytes_max = 16 << 10;
  /// A photo of 32 MiB and the form around it.
  std::size_t body_bytes_max = (32 << 20) + (64 << 10);
  std::size_t all_bodies_bytes_max = 512 << 20;  ///< of all requests being received or answered
  std::size_t connections_max = 1000;            ///< more wait to be accepted
  std::chrono::milliseconds idle{60'000};        ///< between two requests
  std::chrono::milliseconds header{10'000};      ///< from its first byte to its last
  std::chrono::milliseconds body_pause{15'000};  ///< between two pieces of a body
  std::chrono::milliseconds body{180'000};       ///< all of it
  std::chrono::milliseconds write{120'000};      ///< of one answer
  std::chrono::milliseconds linger{10'000};      ///< reading what a refused client still sends
  std::chrono::milliseconds shutdown{30'000};    ///< finishing what was taken when stopping
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";  ///< address to listen on; "0.0.0.0" for the whole network
  int port = 0;                    ///< 0: any free one
  int compute_threads = 1;
  std::size_t compute_queue = 64;
  int store_threads = 2;
  std::size_t store_queue = 256;
  std::string otlp_endpoint;  ///< where the spans of requests are sent (SpanExporter); empty: off
  /// Origins whose pages may search (cors.h); none: only the own page.
  std::vector<std::string> allowed_origins;
  HttpLimits limits;
};

/// An HTTP/1.1 server: connections are coroutines on one I/O thread, handlers run on the bounded
/// pools of their lane (router.h).
///
/// Lives until its destructor, which stops it and waits. All methods are thread-safe.
///
///   Router router;
///   router.Add({.method = "GET", .pattern = "/hello", .handler = SayHello});
///   auto server = HttpServer::Start(std::move(router), {.port = 8080}, metrics);
///   (*server)->Wait();
class HttpServer {
 public:
  /// errors: kInvalidArgument for a host, endpoint or origin that is none; kAlreadyExists if the
  /// port is taken; kIoError if it may not be opened.
  static Result<std::unique_ptr<HttpServer>> Start(Router router, const HttpServerOptions& options,
                                                   Metrics& metrics);
  ~HttpServer();

  [[nodiscard]] int port() const;

  /// Takes no more connections and requests; what was taken is finished, at most
  /// limits.shutdown. Returns at once.
  void Stop();

  /// Returns when the server has stopped.
  void Wait();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
