#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/find_products.h"
#include "pipeline/shop.h"
#include "server/generation_jobs.h"
#include "server/http_server.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What the routes call; made by the composition root, outlives the server.
struct Services {
  ProductFinder& finder;
  CurrentShop& shops;
  ModelFinder find_models;
};

struct ServerOptions {
  HttpServerOptions http;
  std::filesystem::path web;      ///< folder of the page; empty or missing: no page
  std::filesystem::path openapi;  ///< api/openapi.yaml as JSON
  /// Imports may read what lies under it; empty: imports over HTTP are off.
  std::filesystem::path import_root;
  std::filesystem::path import_report;  ///< where an import reports bad rows and pictures
  /// Hosts that a PUT's picture addresses may name (PictureFetcher); none: addresses are off.
  std::vector<std::string> picture_hosts;
  bool photo_addresses = false;  ///< GET /v1/photo reads from public addresses
  bool device_boxes = false;     ///< GET /v1/detector gives the detector to browsers
};

/// The shop over HTTP as api/openapi.yaml describes it.
///
/// The destructor stops it and waits. Methods are thread-safe.
///
///   auto server = ShopServer::Start({finder, shops, find_models}, {.http = {.port = 8080}, .web =
///   "web/dist"});
///   (*server)->Wait();  // another thread calls Stop
class ShopServer {
 public:
  /// errors: those of HttpServer::Start; kIoError if the web folder or the description cannot be
  /// read.
  static Result<std::unique_ptr<ShopServer>> Start(const Services& services,
                                                   const ServerOptions& options);
  ~ShopServer();

  [[nodiscard]] int port() const;
  /// Takes nothing more and finishes what was taken, at most for HttpLimits::shutdown; a running
  /// import or change of models ends at its next batch. Returns at once.
  void Stop();
  void Wait();

 private:
  struct Impl;
  explicit ShopServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
