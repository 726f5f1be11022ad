#pragma once

#include <filesystem>

#include "server/fetch_picture.h"
#include "server/generation_jobs.h"
#include "server/import_jobs.h"
#include "server/router.h"
#include "server/server.h"
#include "snapshelf/result.h"

namespace snapshelf {

// One function per file routes_*.cpp. `services` and `jobs` outlive the router.

/// POST /v1/search, GET /v1/products/{id}/similar
void AddSearchRoutes(Router& router, const Services& services);

/// GET, PUT, DELETE /v1/products/{id}. `fetcher` outlives the router.
void AddProductRoutes(Router& router, const Services& services, const PictureFetcher& fetcher);

/// GET /v1/pictures/{id}
void AddPictureRoutes(Router& router, const Services& services);

/// GET /v1/photo. `fetcher` outlives the router.
void AddPhotoRoutes(Router& router, const Services& services, const PictureFetcher& fetcher);

struct ImportRouteOptions {
  std::filesystem::path root;  ///< empty: off
  std::filesystem::path report;
};
/// POST /v1/imports, GET /v1/imports/{id}
void AddImportRoutes(Router& router, ImportJobs& jobs, const ImportRouteOptions& options);

/// GET and POST /v1/generations
void AddGenerationRoutes(Router& router, const Services& services, GenerationJobs& jobs);

/// GET and PUT /v1/rates
void AddRateRoutes(Router& router, const Services& services);

/// GET /v1/languages and /v1/currencies: what a shopper may choose on the page
void AddOfferRoutes(Router& router);

/// GET /healthz, /readyz, /metrics, /openapi.json. errors: kIoError for `options.openapi`.
Status AddOperationRoutes(Router& router, const Services& services, const ServerOptions& options);

/// GET /v1/detector and /v1/detector/model; 404 unless `is_on`
void AddDetectorRoutes(Router& router, const Services& services, bool is_on);

/// Every file of the folder at its path, index.html at / too. The files are read once, so that no
/// request touches the file system and none can leave the folder. NAME.gz beside NAME is its packed
/// form.
/// errors: kIoError; kResourceExhausted beyond 64 MiB.
Status AddStaticRoutes(Router& router, const std::filesystem::path& folder);

/// 415 naming what would be right.
[[nodiscard]] Problem WrongMediaType(std::string_view given, std::string_view wanted);

/// The result of a write: a full disk is 507, a photo beyond its limits 413. Both are
/// kResourceExhausted; PutProduct begins the message of a bad picture with "picture N".
[[nodiscard]] Problem ProblemOfWrite(const Error& error);

/// Whether an If-None-Match header names `etag` (quoted).
[[nodiscard]] bool MatchesEtag(std::string_view if_none_match, std::string_view etag);

}  // namespace snapshelf
