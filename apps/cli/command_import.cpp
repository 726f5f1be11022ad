#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_shop.h"
#include "cli/progress_bar.h"
#include "cli/stop_on_signal.h"
#include "pipeline/import_products.h"

namespace snapshelf {
namespace {

struct ImportArguments {
  std::filesystem::path source;
  std::filesystem::path report;
  std::int64_t second_look_pictures = kSecondLookPictures;
  bool remove_missing = false;
  bool json = false;
};

void PrintSummary(const ImportProgress& done, const ImportArguments& arguments,
                  const std::filesystem::path& report) {
  if (arguments.json) {
    const nlohmann::ordered_json summary = {
        {"rows", done.rows_read},
        {"added", done.added},
        {"updated", done.updated},
        {"unchanged", done.unchanged},
        {"failed", done.failed},
        {"removed", done.removed},
        {"pictures_embedded", done.pictures_embedded},
        {"pictures_failed", done.pictures_failed},
        {"pictures_without_second_look", done.pictures_without_second_look},
        {"seconds", done.seconds},
        {"report", report.string()}};
    fmt::print("{}\n", summary.dump());
    return;
  }
  fmt::print("{} added, {} updated, {} unchanged, {} failed", done.added, done.updated,
             done.unchanged, done.failed);
  if (arguments.remove_missing) fmt::print(", {} removed", done.removed);
  fmt::print("; {} pictures embedded in {:.1f} s", done.pictures_embedded, done.seconds);
  if (done.failed + done.pictures_failed > 0) fmt::print("; what was wrong: {}", report.string());
  fmt::print("\n");
  if (done.pictures_without_second_look > 0 && arguments.second_look_pictures > 0)
    fmt::print(
        "{} pictures go without a second look: the catalog has {} or more (raise "
        "--second-look-pictures; each takes up to 27 KB)\n",
        done.pictures_without_second_look, arguments.second_look_pictures);
}

Status Import(const CommonOptions& common, const ImportArguments& arguments) {
  const StopOnSignal stop;
  if (!std::filesystem::exists(arguments.source))
    return Fail(Code::kNotFound,
                fmt::format("{}: there is no such file or folder", arguments.source.string()));
  const auto opened = OpenedShop::Open(common, Access::kWrite, RunMode::kThroughput);
  if (!opened) return std::unexpected(opened.error());

  const auto report =
      arguments.report.empty() ? common.data / "import-report.tsv" : arguments.report;
  ProgressBar bar;
  const ImportObserver observer{
      .on_progress = [&bar](const ImportProgress& progress) { bar.Update(ProgressOf(progress)); },
      .on_problem =
          [&bar](const ImportProblem& problem) {
            bar.Print(fmt::format("{}: {}: {}", problem.where,
                                  problem.id.empty() ? "(no id)" : problem.id, problem.reason));
          }};
  const auto done = ImportProducts((*opened)->shops(),
                                   {.source = arguments.source,
                                    .remove_missing = arguments.remove_missing,
                                    .report = report,
                                    .second_look_pictures = arguments.second_look_pictures},
                                   observer, stop.token());
  bar.Finish();
  if (!done) return std::unexpected(done.error());
  PrintSummary(*done, arguments, report);
  if (done->failed > 0 && done->failed == done->rows_read)
    return Fail(Code::kInvalidArgument,
                fmt::format("{}: no row gave a product", arguments.source.string()));
  return {};
}

}  // namespace

void AddImport(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command =
      app.add_subcommand("import", "Add or update products from a feed or a folder of pictures");
  auto arguments = std::make_shared<ImportArguments>();
  command
      ->add_option("source", arguments->source,
                   "catalog.csv, catalog.jsonl, or a folder of pictures")
      ->required();
  command->add_flag("--remove-missing", arguments->remove_missing,
                    "Remove the products that the source no longer has");
  command->add_option("--report", arguments->report,
                      "File for bad rows and pictures [DATA/import-report.tsv]");
  command
      ->add_option("--second-look-pictures", arguments->second_look_pictures,
                   "Pictures that can be compared spot by spot, up to 27 KB each; 0: none, and the "
                   "import is faster [150000]")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", arguments->json, "Print the summary as JSON");
  command->footer(
      "Example:\n  snapshelf import demo/catalog.csv --data my-shop\n\n"
      "Started again after a kill, it goes on where it was: what is unchanged is skipped.");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Import(common, *arguments); };
  });
}

}  // namespace snapshelf
