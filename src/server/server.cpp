#include "server/server.h"

#include <utility>

#include "server/fetch_picture.h"
#include "server/import_jobs.h"
#include "server/routes.h"

namespace snapshelf {

/// Members end in reverse: first the server with its handlers, then the jobs that they start.
struct ShopServer::Impl {
  Impl(const Services& services_in, const ServerOptions& options)
      : services(services_in),
        fetcher({.hosts = options.picture_hosts,
                 .public_addresses = options.photo_addresses,
                 .bytes_max = services_in.shops.Get()->limits.bytes_max}),
        imports([this](const auto& job, const auto& observer, auto stop) {
          return ImportProducts(services.shops, job, observer, std::move(stop));
        }),
        generations(services_in.find_models) {}

  const Services services;
  const PictureFetcher fetcher;
  ImportJobs imports;
  GenerationJobs generations;
  std::unique_ptr<HttpServer> http;
};

ShopServer::ShopServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ShopServer::~ShopServer() = default;

Result<std::unique_ptr<ShopServer>> ShopServer::Start(const Services& services,
                                                      const ServerOptions& options) {
  auto impl = std::make_unique<Impl>(services, options);
  Router router;
  AddSearchRoutes(router, impl->services);
  AddProductRoutes(router, impl->services, impl->fetcher);
  AddPictureRoutes(router, impl->services);
  AddPhotoRoutes(router, impl->services, impl->fetcher);
  AddImportRoutes(router, impl->imports,
                  {.root = options.import_root, .report = options.import_report});
  AddGenerationRoutes(router, impl->services, impl->generations);
  AddRateRoutes(router, impl->services);
  AddOfferRoutes(router);
  AddDetectorRoutes(router, impl->services, options.device_boxes);
  if (auto status = AddOperationRoutes(router, impl->services, options); !status)
    return std::unexpected(std::move(status).error());
  if (auto status = AddStaticRoutes(router, options.web); !status)
    return std::unexpected(std::move(status).error());
  auto http = HttpServer::Start(std::move(router), options.http, services.shops.Get()->metrics);
  if (!http) return std::unexpected(std::move(http).error());
  impl->http = std::move(*http);
  return std::unique_ptr<ShopServer>(new ShopServer(std::move(impl)));
}

int ShopServer::port() const {
  return impl_->http->port();
}
void ShopServer::Stop() {
  impl_->http->Stop();
}
void ShopServer::Wait() {
  impl_->http->Wait();
}

}  // namespace snapshelf
