#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/store.h"
#include "pipeline/verify_store.h"
#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

Status Verify(const CommonOptions& common, bool json) {
  const auto store = Store::Open(common.data, Access::kRead, common.config);
  if (!store) return std::unexpected(store.error());
  const auto index = (*store)->OpenVectors((*store)->generation());
  if (!index) return std::unexpected(index.error());
  auto problems = nlohmann::ordered_json::array();
  const auto tell = [&](const std::string& problem) {
    if (json) {
      problems.push_back(problem);
    } else {
      fmt::print("{}\n", problem);
    }
  };
  auto report = VerifyStore((*store)->products(), (*store)->pictures(), **index, tell);
  if (!report) return std::unexpected(report.error());
  // Opening did not read every byte of what is sealed.
  if (const auto* embedded = dynamic_cast<const EmbeddedIndex*>(index->get()))
    if (const Status sound = embedded->Verify(); !sound) {
      tell(sound.error().message);
      ++report->problems;
    }
  if (json) {
    const nlohmann::ordered_json summary = {{"pictures", report->pictures},
                                            {"vectors", report->vectors},
                                            {"files", report->files},
                                            {"problems", std::move(problems)}};
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print("{} pictures, {} vectors, {} picture files: {}\n", report->pictures, report->vectors,
               report->files,
               report->problems == 0 ? "sound" : fmt::format("{} problems", report->problems));
  }
  if (report->problems > 0)
    return Fail(Code::kCorruption, fmt::format("{}: not sound", common.data.string()));
  return {};
}

}  // namespace

void AddVerify(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command = app.add_subcommand(
      "verify", "Check every checksum, and that products, vectors and pictures agree");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print as JSON");
  command->footer(
      "Example:\n  snapshelf verify --data my-shop\n\nStatus 1 if anything is not sound.");
  command->callback(
      [&common, json, &action] { action = [&common, json] { return Verify(common, *json); }; });
}

}  // namespace snapshelf
