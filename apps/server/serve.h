#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "server/server.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// The options of `snapshelf serve`.
struct ServeOptions {
  std::string host = "127.0.0.1";       ///< IP address; "0.0.0.0" for phones in the same network
  int port = 8080;                      ///< 0: any free one, printed
  int workers = 0;                      ///< requests computed at a time; 0: one per usable core
  std::size_t queue = 64;               ///< requests that may wait for a worker; more get 503
  std::filesystem::path web;            ///< the page; empty: ../share/snapshelf/web of the program
  std::filesystem::path import_root;    ///< feeds that may be imported over HTTP; empty: off
  std::filesystem::path import_report;  ///< where such an import reports what was bad
  std::vector<std::string> picture_hosts;    ///< hosts that a PUT's picture addresses may name
  bool photo_addresses = false;              ///< shoppers may give the address of a photo
  bool device_boxes = false;                 ///< shoppers' devices may get the detector
  std::string otlp_endpoint;                 ///< where spans are sent; empty: nowhere
  std::vector<std::string> allowed_origins;  ///< other origins whose pages may search
};

/// Serves the shop until SIGTERM or SIGINT, then finishes what was taken (at most 30 s); a second
/// signal ends the program at once. Prints `Snapshelf serves N products at http://HOST:PORT/` on
/// standard output when requests are taken.
///
/// errors: those of ShopServer::Start.
Status Serve(const Services& services, const ServeOptions& options);

}  // namespace snapshelf
