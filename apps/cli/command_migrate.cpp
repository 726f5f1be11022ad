#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "cli/apply_config.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/stop_on_signal.h"
#include "cli/store.h"
#include "pipeline/migrate_shop.h"

namespace snapshelf {
namespace {

struct MigrateArguments {
  std::filesystem::path config_file;
  std::filesystem::path data;
  bool json = false;
};

Result<std::unique_ptr<Store>> OpenTarget(const MigrateArguments& arguments) {
  auto config = ReadConfig(arguments.config_file);
  if (!config) return std::unexpected(std::move(config).error());
  TakePasswords(*config);
  return Store::Open(arguments.data, Access::kWrite, *config);
}

/// A shop that has vectors of other models already is not written over.
Status TakeModels(const Store& from, Store& to) {
  if (from.IsNew())
    return Fail(Code::kInvalidArgument, "the old shop is empty: import into the new one");
  if (!to.IsNew() && to.generation().HasModelsOf(from.generation())) return {};
  if (!to.IsNew())
    return Fail(Code::kInvalidArgument,
                fmt::format("the new shop has vectors of the models {} and {}, the old one of {} "
                            "and {}: migrate into an empty one",
                            to.generation().detector.id, to.generation().embedder.id,
                            from.generation().detector.id, from.generation().embedder.id));
  Generation generation = from.generation();
  generation.number = 1;
  return to.SetGeneration(generation);
}

Status CopyRates(Store& from, Store& to) {
  const auto rates = from.rates().Get();
  if (!rates) return std::unexpected(rates.error());
  if ((*rates)->all().empty()) return {};
  const auto taken = to.rates().Import((*rates)->Write());
  if (!taken) return std::unexpected(taken.error());
  return {};
}

Result<MigrationCheck> Copy(Store& from, Store& to, const VectorOptions& vectors,
                            ShopMigration& migration) {
  SNAPSHELF_RETURN_IF_ERROR(CopyRates(from, to));
  SNAPSHELF_RETURN_IF_ERROR(migration.CopyProducts());
  Metrics metrics;
  const auto old_index = from.OpenVectors(from.generation(), vectors, metrics);
  if (!old_index) return std::unexpected(old_index.error());
  const auto new_index = to.OpenVectors(to.generation(), vectors, metrics);
  if (!new_index) return std::unexpected(new_index.error());
  SNAPSHELF_RETURN_IF_ERROR(migration.CopyVectors(**old_index, **new_index));
  return migration.Check(**old_index, **new_index);
}

void Print(const MigrationProgress& done, const MigrationCheck& check, bool json) {
  if (json) {
    const nlohmann::ordered_json summary = {{"products", check.products},
                                            {"products_written", done.products_written},
                                            {"products_removed", done.products_removed},
                                            {"pictures", check.pictures},
                                            {"vectors", check.vectors},
                                            {"vectors_written", done.vectors_written},
                                            {"queries_compared", check.queries},
                                            {"same_hits", check.same_hits},
                                            {"seconds", done.seconds}};
    fmt::print("{}\n", summary.dump());
    return;
  }
  fmt::print(
      "{} products ({} written, {} removed), {} pictures, {} vectors ({} written) in {:.1f} s\n"
      "checked: the counts agree; {} queries find what they did, {:.1f} % of all hits are the "
      "same\n",
      check.products, done.products_written, done.products_removed, check.pictures, check.vectors,
      done.vectors_written, done.seconds, check.queries, 100 * check.same_hits);
}

Status Migrate(const CommonOptions& common, const MigrateArguments& arguments) {
  const StopOnSignal stop;
  const auto from = Store::Open(common.data, Access::kRead, common.config);
  if (!from) return std::unexpected(from.error());
  const auto to = OpenTarget(arguments);
  if (!to) return Annotate("the new shop", to.error());
  SNAPSHELF_RETURN_IF_ERROR(TakeModels(**from, **to));
  ProgressBar bar;
  ShopMigration migration(
      {.products = (*from)->products(), .pictures = (*from)->pictures()},
      {.products = (*to)->products(), .pictures = (*to)->pictures()},
      [&bar](const MigrationProgress& progress) { bar.Update(ProgressOf(progress)); },
      stop.token());
  const auto check = Copy(**from, **to, common.vectors, migration);
  bar.Finish();
  if (!check) return std::unexpected(check.error());
  Print(migration.progress(), *check, arguments.json);
  return {};
}

}  // namespace

void AddMigrate(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command = app.add_subcommand(
      "migrate",
      "Copy a shop to other stores, as to PostgreSQL and Milvus, without embedding again");
  auto arguments = std::make_shared<MigrateArguments>();
  command->add_option("--to", arguments->config_file, "Config file of the new shop")->required();
  command->add_option("--to-data", arguments->data, "Data folder of the new shop")->required();
  command->add_flag("--json", arguments->json, "Print the summary as JSON");
  command->footer(
      "Example:\n  snapshelf migrate --data my-shop --to cluster.toml --to-data cluster-data\n\n"
      "The old shop goes on answering, and may change: run it once more at the end, with its "
      "imports\nhalted, and what differs is brought over. Started again after a kill, it goes on "
      "where it was\n(docs/operations.md).");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Migrate(common, *arguments); };
  });
}

}  // namespace snapshelf
