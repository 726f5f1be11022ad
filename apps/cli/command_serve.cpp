#include <CLI/CLI.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/open_shop.h"
#include "pipeline/find_products.h"
#include "server/serve.h"
#include "server/wait_until_open.h"

namespace snapshelf {
namespace {

// Photos of the last minutes, for another search without an upload: about 60 of 12 megapixels,
// shrunk.
constexpr std::size_t kPhotoBytesMax = std::size_t{256} << 20;
constexpr std::chrono::minutes kPhotoLifetime(10);

// How often a server looks whether another one has given the catalog other models.
constexpr std::chrono::seconds kModelsAgainAfter(1);

/// Null if it was told to end before there was a shop.
Result<std::unique_ptr<OpenedShop>> OpenToServe(const CommonOptions& common,
                                                ServeOptions& options) {
  const bool needs_others = common.config.products == Config::Products::kPostgres ||
                            common.config.vectors == Config::Vectors::kMilvus;
  if (!needs_others) return OpenedShop::Open(common, Access::kWrite, RunMode::kLatency);
  std::unique_ptr<OpenedShop> shop;
  const auto is_open = WaitUntilOpen(options, [&]() -> Status {
    auto opened = OpenedShop::Open(common, Access::kWrite, RunMode::kLatency);
    if (!opened) return std::unexpected(std::move(opened).error());
    shop = std::move(*opened);
    return {};
  });
  if (!is_open) return std::unexpected(is_open.error());
  return shop;
}

void FollowModels(OpenedShop& shop, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::string last_error;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    ended.wait_for(lock, stop, kModelsAgainAfter, [] { return false; });
    const Status followed = shop.FollowModels();
    const std::string error = followed ? "" : followed.error().message;
    if (!error.empty() && error != last_error)
      LogWarning("the models that another server has given the catalog: {}", error);
    last_error = error;
  }
}

Status ServeShop(const CommonOptions& common, ServeOptions options) {
  const auto opened = OpenToServe(common, options);
  if (!opened) return std::unexpected(opened.error());
  if (*opened == nullptr) return {};
  options.import_report = common.data / "import-report.tsv";
  PhotoCache photos(kPhotoBytesMax, kPhotoLifetime, std::chrono::steady_clock::now);
  OpenedShop& shop = **opened;
  ProductFinder finder(shop.shops(), photos);
  // One worker: the other cores are for the queries.
  const ModelFinder find_models = [&shop](const ModelNames& names) -> Result<ModelChange> {
    const auto models = shop.FindModels(names.detector, names.embedder);
    if (!models) return std::unexpected(models.error());
    return [&shop, models = *models](const ReembedObserver& observer, const std::stop_token& stop) {
      return shop.UseModels(models, /*workers=*/1, observer, stop);
    };
  };
  std::jthread follower;
  if (common.config.products == Config::Products::kPostgres &&
      common.config.vectors == Config::Vectors::kMilvus)
    follower = std::jthread([&shop](const std::stop_token& stop) { FollowModels(shop, stop); });
  return Serve({.finder = finder, .shops = shop.shops(), .find_models = find_models}, options);
}

}  // namespace

void AddServe(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command =
      app.add_subcommand("serve", "Answer over HTTP: the page at / and REST at /v1");
  auto options = std::make_shared<ServeOptions>();
  options->web = ShareFolder() / "web";
  command->add_option("--port", options->port, "Port; 0 takes a free one [8080]")
      ->check(CLI::Range(0, 65535));
  command->add_option("--host", options->host,
                      "Address to listen on [127.0.0.1]; 0.0.0.0 for all networks");
  command->add_option("--web", options->web, "Folder of the page [the one that came along]");
  command->add_option("--import-root", options->import_root,
                      "Folder below which POST /v1/imports may read feeds [off]");
  command
      ->add_option("--picture-hosts", options->picture_hosts,
                   "Hosts (HOST or HOST:PORT, separated by commas) whose picture addresses a PUT "
                   "may name [off]")
      ->delimiter(',');
  command->add_flag("--photo-addresses", options->photo_addresses,
                    "Lets shoppers give the address of a photo, which the server reads from the "
                    "public internet, never from its own networks [off]");
  command->add_flag("--device-boxes", options->device_boxes,
                    "Gives the detector to shoppers' devices that want to mark the things in a "
                    "photo themselves, before it is sent [off]");
  command
      ->add_option("--allow-origin", options->allowed_origins,
                   "Origin, such as https://shop.example, whose pages may search here with the "
                   "<shop-by-image> element; may be given again [only the own page]")
      ->allow_extra_args(false);
  command->add_option("--workers", options->workers, "Requests computed at a time [one per core]")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--queue", options->queue,
                   "Requests that may wait for a worker; more get 503 [64]")
      ->check(CLI::Range(0, 100000));
  command
      ->add_option("--otlp-endpoint", options->otlp_endpoint,
                   "Collector that gets the spans of requests by OTLP/HTTP, such as "
                   "http://localhost:4318 [off]")
      ->envname("OTEL_EXPORTER_OTLP_ENDPOINT");
  command->footer("Example:\n  snapshelf serve --data my-shop --port 8080");
  command->callback([&common, options, &action] {
    action = [&common, options] { return ServeShop(common, *options); };
  });
}

}  // namespace snapshelf
