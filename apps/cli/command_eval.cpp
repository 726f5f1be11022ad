#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/evaluation.h"
#include "cli/files.h"
#include "cli/open_shop.h"

namespace snapshelf {
namespace {

// Long enough for R@10 and a mean average precision that does not depend on the tail.
constexpr int kRankingLength = 50;

struct EvalArguments {
  std::filesystem::path truth;
  bool whole = false;
  bool json = false;
};

Status Evaluate(const CommonOptions& common, const EvalArguments& arguments) {
  const auto rows = ReadTruth(arguments.truth);
  if (!rows) return std::unexpected(rows.error());
  const auto opened = OpenedShop::Open(common, Access::kRead, RunMode::kLatency);
  if (!opened) return std::unexpected(opened.error());

  PhotoCache photos(std::size_t{64} << 20, std::chrono::minutes(1), std::chrono::steady_clock::now);
  const ProductFinder finder((*opened)->shops(), photos);
  const ProductQuery query{.k = kRankingLength, .whole_only = arguments.whole};
  Evaluation evaluation;
  for (const TruthRow& row : *rows) {
    const auto bytes = ReadFile(row.photo);
    if (!bytes) return std::unexpected(bytes.error());
    const auto answer = finder.FindByPhoto(*bytes, query);
    if (!answer) return Annotate(row.photo.string(), answer.error());
    evaluation.Add(RankingFor(*answer, row.box), row.relevant);
  }

  if (arguments.json) {
    const nlohmann::ordered_json json = {
        {"queries", evaluation.queries()}, {"r@1", evaluation.RecallAt(1)},
        {"r@3", evaluation.RecallAt(3)},   {"r@5", evaluation.RecallAt(5)},
        {"r@10", evaluation.RecallAt(10)}, {"map", evaluation.Map()}};
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{} queries: R@1 {:.3f}  R@3 {:.3f}  R@5 {:.3f}  R@10 {:.3f}  mAP {:.3f}\n",
               evaluation.queries(), evaluation.RecallAt(1), evaluation.RecallAt(3),
               evaluation.RecallAt(5), evaluation.RecallAt(10), evaluation.Map());
  }
  return {};
}

}  // namespace

void AddEval(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command = app.add_subcommand("eval", "Measure how often the right product is found");
  auto arguments = std::make_shared<EvalArguments>();
  command
      ->add_option("truth", arguments->truth,
                   "JSON lines {\"photo\":path, \"box\":[x,y,w,h], \"relevant\":[ids]}")
      ->required();
  command->add_flag("--whole", arguments->whole,
                    "Search the whole picture only, without detection");
  command->add_flag("--json", arguments->json, "Print as JSON");
  command->footer("Example:\n  snapshelf eval demo/truth.jsonl --data my-shop --json");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Evaluate(common, *arguments); };
  });
}

}  // namespace snapshelf
