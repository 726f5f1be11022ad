#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/open_shop.h"
#include "cli/progress_bar.h"
#include "cli/stop_on_signal.h"
#include "cli/store.h"
#include "pipeline/verify_store.h"
#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

struct VerifyArguments {
  bool json = false;
  bool repair = false;
};

/// What a repair did.
struct Repaired {
  std::size_t vectors_lost = 0;
  std::int64_t pictures_embedded = 0;
};

/// Embeds the pictures without vectors, if there are any.
Result<std::int64_t> EmbedMissing(const CommonOptions& common, std::vector<std::string>& problems) {
  const StopOnSignal stop;
  const auto opened = OpenedShop::Open(common, Access::kWrite, RunMode::kThroughput);
  if (!opened)
    return Annotate(fmt::format("the pictures without vectors wait for their models; then: "
                                "snapshelf verify --repair --data {} --models FOLDER",
                                common.data.string()),
                    opened.error());
  ProgressBar bar;
  const ReembedObserver observer{
      .on_progress = [&bar](const ReembedProgress& progress) { bar.Update(ProgressOf(progress)); },
      .on_problem = [&](const std::string& problem) { problems.push_back(problem); }};
  const auto done = (*opened)->EmbedMissing(/*workers=*/0, observer, stop.token());
  bar.Finish();
  if (!done) return std::unexpected(done.error());
  return done->done - done->resumed;
}

Result<Repaired> Repair(const CommonOptions& common, std::vector<std::string>& problems) {
  Store::VectorRepair vectors;
  {
    const auto store = Store::Open(common.data, Access::kWrite, common.config);
    if (!store) return std::unexpected(store.error());
    const auto repair = (*store)->RepairVectors();
    if (!repair) return std::unexpected(repair.error());
    vectors = *repair;
  }
  Repaired repaired{.vectors_lost = vectors.vectors_lost};
  if (vectors.pictures_without_vectors == 0) return repaired;
  const auto embedded = EmbedMissing(common, problems);
  // What has no vectors is told by the check that follows.
  if (!embedded) problems.push_back(embedded.error().message);
  repaired.pictures_embedded = embedded.value_or(0);
  return repaired;
}

/// What is there, and what is wrong with it.
struct Checked {
  VerifyReport report;
  std::vector<std::string> problems;
  bool beside_writer = false;
};

Result<Checked> CheckOnce(const CommonOptions& common) {
  Checked checked;
  const auto store = Store::Open(common.data, Access::kRead, common.config);
  if (!store) return std::unexpected(store.error());
  checked.beside_writer = (*store)->has_writer();
  Metrics metrics;
  const auto index = (*store)->OpenVectors((*store)->generation(), common.vectors, metrics);
  if (!index) return std::unexpected(index.error());
  const auto report =
      VerifyStore((*store)->products(), (*store)->pictures(), **index,
                  [&](const std::string& problem) { checked.problems.push_back(problem); });
  if (!report) return std::unexpected(report.error());
  checked.report = *report;
  // Opening did not read every byte of what is sealed.
  if (const auto* embedded = dynamic_cast<const EmbeddedIndex*>(index->get()))
    if (const Status sound = embedded->Verify(); !sound)
      checked.problems.push_back(sound.error().message);
  return checked;
}

/// Beside a writer products, vectors and pictures are read at different moments: what is wrong
/// twice is wrong.
Result<Checked> Check(const CommonOptions& common) {
  auto first = CheckOnce(common);
  if (!first || !first->beside_writer || first->problems.empty()) return first;
  auto second = CheckOnce(common);
  if (!second) return second;
  std::erase_if(second->problems, [&](const std::string& problem) {
    return std::ranges::find(first->problems, problem) == first->problems.end();
  });
  return second;
}

void Print(const Checked& checked, const VerifyArguments& arguments, const Repaired& repaired) {
  const VerifyReport& report = checked.report;
  if (arguments.json) {
    nlohmann::ordered_json summary = {{"pictures", report.pictures},
                                      {"vectors", report.vectors},
                                      {"files", report.files},
                                      {"problems", checked.problems}};
    if (arguments.repair)
      summary["repaired"] = {{"vectors_lost", repaired.vectors_lost},
                             {"pictures_embedded", repaired.pictures_embedded}};
    fmt::print("{}\n", summary.dump());
    return;
  }
  for (const std::string& problem : checked.problems) fmt::print("{}\n", problem);
  if (arguments.repair)
    fmt::print("{} vectors were lost; {} pictures embedded again\n", repaired.vectors_lost,
               repaired.pictures_embedded);
  fmt::print(
      "{} pictures, {} vectors, {} picture files: {}\n", report.pictures, report.vectors,
      report.files,
      checked.problems.empty() ? "sound" : fmt::format("{} problems", checked.problems.size()));
}

Status Verify(const CommonOptions& common, const VerifyArguments& arguments) {
  std::vector<std::string> problems;
  Repaired repaired;
  if (arguments.repair) {
    const auto done = Repair(common, problems);
    if (!done) return std::unexpected(done.error());
    repaired = *done;
  }
  auto checked = Check(common);
  if (!checked) return std::unexpected(checked.error());
  checked->problems.insert(checked->problems.begin(), problems.begin(), problems.end());
  Print(*checked, arguments, repaired);
  if (!checked->problems.empty())
    return Fail(Code::kCorruption, fmt::format("{}: not sound", common.data.string()));
  return {};
}

}  // namespace

void AddVerify(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command = app.add_subcommand(
      "verify", "Check every checksum, and that products, vectors and pictures agree");
  auto arguments = std::make_shared<VerifyArguments>();
  command->add_flag("--json", arguments->json, "Print as JSON");
  command->add_flag("--repair", arguments->repair,
                    "Write damaged files of vectors anew, and embed again the pictures that have "
                    "none, before checking");
  command->footer(
      "Example:\n  snapshelf verify --data my-shop\n  snapshelf verify --repair --data my-shop\n\n"
      "Status 1 if anything is not sound.");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Verify(common, *arguments); };
  });
}

}  // namespace snapshelf
