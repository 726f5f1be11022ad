#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/check.h"
#include "cli/commands.h"
#include "cli/evaluation.h"
#include "cli/files.h"
#include "cli/open_shop.h"
#include "cli/sheet.h"

namespace snapshelf {
namespace {

// Long enough for R@10 and a mean average precision that does not depend on the tail.
constexpr int kRankingLength = 50;

// Failed queries drawn: enough to see what goes wrong.
constexpr std::size_t kFailuresDrawn = 12;

struct EvalArguments {
  std::filesystem::path truth;
  std::filesystem::path failures;
  bool whole = false;
  bool categories = false;
  bool json = false;
};

/// What was measured, and where the search failed.
struct Judged {
  Evaluation all;
  std::map<std::string, Evaluation> by_category;  // of the first product meant
  BoxEvaluation boxes;
  struct Failure {
    int rank = 0;         // of the first right product; none found counts as the last
    std::size_t row = 0;  // of the truth file
  };
  std::vector<Failure> failures;
};

/// Asks the questions of a truth file, and keeps the last answer for the next object of the photo.
class Asker {
 public:
  Asker(const CurrentShop& shops, bool whole)
      : photos_(std::size_t{64} << 20, std::chrono::minutes(1), std::chrono::steady_clock::now),
        finder_(shops, photos_),
        query_{.k = kRankingLength, .whole_only = whole} {}

  Result<const Answer*> Ask(const std::filesystem::path& photo) {
    if (photo == photo_) return &answer_;
    const auto bytes = ReadBytes(photo);
    if (!bytes) return std::unexpected(bytes.error());
    auto answer = finder_.FindByPhoto(*bytes, query_);
    if (!answer) return Annotate(photo.string(), std::move(answer).error());
    answer_ = std::move(*answer);
    photo_ = photo;
    return &answer_;
  }

 private:
  PhotoCache photos_;
  ProductFinder finder_;
  ProductQuery query_;
  std::filesystem::path photo_;
  Answer answer_;
};

Result<Judged> Judge(Asker& asker, const ProductStore& products, const std::vector<TruthRow>& rows,
                     bool boxes_too) {
  std::map<std::filesystem::path, std::vector<Box>> boxes;
  for (const TruthRow& row : rows)
    if (row.box && boxes_too) boxes[row.photo].push_back(*row.box);
  Judged judged;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const TruthRow& row = rows[i];
    const auto answer = asker.Ask(row.photo);
    if (!answer) return std::unexpected(answer.error());
    const auto ranking = RankingFor(**answer, row.box);
    judged.all.Add(ranking, row.relevant);
    const auto meant = products.Get(row.relevant.front());
    for (const std::string& level : CategoryLevels(meant ? meant->category : ""))
      judged.by_category[level].Add(ranking, row.relevant);
    if (const int rank = FirstHit(ranking, row.relevant); rank != 1)
      judged.failures.push_back({.rank = rank > 0 ? rank : kRankingLength + 1, .row = i});
    // The whole picture, which is the last object, is no detection.
    if (const auto truth = boxes.extract(row.photo))
      judged.boxes.Add(std::span((*answer)->objects).first((*answer)->objects.size() - 1),
                       truth.mapped());
  }
  std::ranges::stable_sort(judged.failures, std::greater{}, &Judged::Failure::rank);
  return judged;
}

/// Writes the worst failures as FOLDER/01.jpg and so on. A query whose product the shop lacks has
/// nothing to show and is left out.
Status DrawFailures(Asker& asker, const Shop& shop, const std::vector<TruthRow>& rows,
                    const std::vector<Judged::Failure>& failures,
                    const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Fail(Code::kIoError, fmt::format("{}: {}", folder.string(), error.message()));
  int number = 0;
  for (const Judged::Failure& failure : failures | std::views::take(kFailuresDrawn)) {
    const TruthRow& row = rows[failure.row];
    if (!shop.products.Get(row.relevant.front())) continue;
    const auto bytes = ReadBytes(row.photo);
    if (!bytes) return std::unexpected(bytes.error());
    const auto answer = asker.Ask(row.photo);
    if (!answer) return std::unexpected(answer.error());
    const auto path = folder / fmt::format("{:02}.jpg", ++number);
    SNAPSHELF_RETURN_IF_ERROR(
        DrawFailure(shop, *bytes, JudgedObject(**answer, row.box), row, path));
  }
  return {};
}

nlohmann::ordered_json ToJson(const Evaluation& evaluation) {
  return {{"queries", evaluation.queries()}, {"r@1", evaluation.RecallAt(1)},
          {"r@3", evaluation.RecallAt(3)},   {"r@5", evaluation.RecallAt(5)},
          {"r@10", evaluation.RecallAt(10)}, {"map", evaluation.Map()}};
}

std::string ToText(const Evaluation& evaluation) {
  return fmt::format("{} queries: R@1 {:.3f}  R@3 {:.3f}  R@5 {:.3f}  R@10 {:.3f}  mAP {:.3f}",
                     evaluation.queries(), evaluation.RecallAt(1), evaluation.RecallAt(3),
                     evaluation.RecallAt(5), evaluation.RecallAt(10), evaluation.Map());
}

void Print(const Judged& judged, const EvalArguments& arguments) {
  if (arguments.json) {
    auto json = ToJson(judged.all);
    if (judged.boxes.boxes() > 0) {
      json["boxes"] = judged.boxes.boxes();
      json["ap50"] = judged.boxes.Ap50();
    }
    if (arguments.categories)
      for (const auto& [name, evaluation] : judged.by_category)
        json["categories"][name] = ToJson(evaluation);
    fmt::print("{}\n", json.dump());
    return;
  }
  fmt::print("{}\n", ToText(judged.all));
  if (judged.boxes.boxes() > 0)
    fmt::print("{} boxes: AP50 {:.3f}\n", judged.boxes.boxes(), judged.boxes.Ap50());
  if (arguments.categories)
    for (const auto& [name, evaluation] : judged.by_category)
      fmt::print("{}: {}\n", name.empty() ? "(no category)" : name, ToText(evaluation));
}

Status Evaluate(const CommonOptions& common, const EvalArguments& arguments) {
  const auto rows = ReadTruth(arguments.truth);
  if (!rows) return std::unexpected(rows.error());
  const auto opened = OpenedShop::Open(common, Access::kRead, RunMode::kLatency);
  if (!opened) return std::unexpected(opened.error());
  const auto shop = (*opened)->shops().Get();
  Asker asker((*opened)->shops(), arguments.whole);
  const auto judged = Judge(asker, shop->products, *rows, !arguments.whole);
  if (!judged) return std::unexpected(judged.error());
  if (!arguments.failures.empty())
    SNAPSHELF_RETURN_IF_ERROR(
        DrawFailures(asker, *shop, *rows, judged->failures, arguments.failures));
  Print(*judged, arguments);
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
  command->add_flag("--categories", arguments->categories,
                    "Figures by category too, and by each category above it");
  command->add_option("--failures", arguments->failures,
                      "Folder for pictures of the worst failures: what was found, what was meant");
  command->add_flag("--json", arguments->json, "Print as JSON");
  command->footer(
      "Example:\n  snapshelf eval demo/truth.jsonl --data my-shop --categories --failures "
      "sheets\n\n"
      "Where the truth has boxes, AP50 of the detector's boxes is told too.");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Evaluate(common, *arguments); };
  });
}

}  // namespace snapshelf
