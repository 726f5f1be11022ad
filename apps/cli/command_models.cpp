#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/sha256.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/fit_projection.h"
#include "cli/model_folder.h"
#include "cli/open_shop.h"
#include "cli/progress_bar.h"
#include "cli/stop_on_signal.h"
#include "detect/detector.h"
#include "embed/embedder.h"
#include "embed/feature_extractor.h"

namespace snapshelf {
namespace {

struct AddArguments {
  std::filesystem::path onnx;
  std::filesystem::path card;
};

nlohmann::ordered_json JsonOf(const ListedModel& model) {
  if (!model.card) return {{"folder", model.folder}, {"error", model.card.error().message}};
  const ModelCard& card = *model.card;
  return {{"folder", model.folder},
          {"name", card.name},
          {"version", card.version},
          {"task", card.task},
          {"decoder", card.decoder},
          {"input", {card.input.height, card.input.width}},
          {"classes", card.classes},
          {"embedding_size", card.embedding_size},
          {"projection", card.projection.filename().string()},
          {"bytes", std::filesystem::file_size(card.file)},
          {"sha256", card.sha256},
          {"licence", card.licence},
          {"training_data", card.training_data}};
}

void PrintText(const ListedModel& model) {
  if (!model.card) {
    fmt::print("{:<12} cannot be used: {}\n", model.folder, model.card.error().message);
    return;
  }
  const ModelCard& card = *model.card;
  const std::string gives = card.task == "detect"
                                ? fmt::format("{} classes ({})", card.classes.size(), card.decoder)
                                : fmt::format("{} numbers", card.embedding_size);
  fmt::print("{:<12} {:<7} {} {}: {}x{} -> {}, {:.1f} MB, {}\n", model.folder, card.task, card.name,
             card.version, card.input.width, card.input.height, gives,
             static_cast<double>(std::filesystem::file_size(card.file)) / 1e6, card.licence);
}

Status List(const CommonOptions& common, bool json) {
  const auto models = ListModels(common.models);
  if (!models) return std::unexpected(models.error());
  auto listed = nlohmann::ordered_json::array();
  for (const ListedModel& model : *models)
    json ? listed.push_back(JsonOf(model)) : PrintText(model);
  if (json) fmt::print("{}\n", nlohmann::ordered_json{{"models", std::move(listed)}}.dump());
  return {};
}

/// Runs the model once on a grey picture: the shapes must fit the card. Returns what to do next, if
/// anything.
Result<std::string> TryModel(const ModelCard& card) {
  Photo photo{.image = {.width = 64,
                        .height = 64,
                        .pixels = std::vector<std::uint8_t>(std::size_t{3} * 64 * 64, 128)},
              .width = 64,
              .height = 64};
  if (card.task == "detect") {
    const auto detector = Detector::Create(card, RunMode::kLatency);
    if (!detector) return std::unexpected(detector.error());
    const Photo* const pointer = &photo;
    const auto detections = (*detector)->Detect({&pointer, 1});
    if (!detections) return std::unexpected(detections.error());
    return "";
  }
  const auto extractor = FeatureExtractor::Create(card, RunMode::kLatency);
  if (!extractor) return std::unexpected(extractor.error());
  const Crop crop{.photo = &photo, .box = {.x = 0, .y = 0, .width = 64, .height = 64}};
  const auto features = (*extractor)->Extract({&crop, 1});
  if (!features) return std::unexpected(features.error());
  const bool ready = card.projection.empty() && (*extractor)->size() == card.embedding_size &&
                     card.embedding_size == kEmbeddingDim;
  if (ready || !card.projection.empty()) return "";
  return fmt::format(
      "its output has {} numbers; before it can be used: snapshelf models fit-projection {} "
      "--pictures FOLDER",
      (*extractor)->size(), card.name);
}

Status Add(const CommonOptions& common, const AddArguments& arguments) {
  const auto json = ReadBytes(arguments.card);
  if (!json) return std::unexpected(json.error());
  const std::string text(reinterpret_cast<const char*>(json->data()), json->size());
  auto card = ParseModelCard(text, arguments.card.parent_path());
  if (!card) return Annotate(arguments.card.string(), std::move(card).error());
  const auto sha256 = Sha256HexOfFile(arguments.onnx);
  if (!sha256) return std::unexpected(sha256.error());
  if (!card->sha256.empty() && card->sha256 != *sha256)
    return Fail(Code::kCorruption, fmt::format("{}: sha256 is {}, the card says {}",
                                               arguments.onnx.string(), *sha256, card->sha256));
  card->sha256 = *sha256;
  card->file = std::filesystem::absolute(arguments.onnx);
  const auto next = TryModel(*card);
  if (!next) return Annotate(arguments.onnx.string(), next.error());

  const auto folder = common.models / card->name;
  if (std::filesystem::exists(folder))
    return Fail(
        Code::kAlreadyExists,
        fmt::format("{} exists already; remove it or give the card another name", folder.string()));
  FileSystem& files = PosixFileSystem();
  SNAPSHELF_RETURN_IF_ERROR(files.CreateDirectories(folder));
  const auto onnx = files.Read(arguments.onnx);
  if (!onnx) return std::unexpected(onnx.error());
  SNAPSHELF_RETURN_IF_ERROR(files.WriteAtomically(folder / "model.onnx", *onnx, true));
  card->file = folder / "model.onnx";
  // The card comes last: a folder without one is no model.
  const std::string written = WriteModelCard(*card, folder);
  SNAPSHELF_RETURN_IF_ERROR(
      files.WriteAtomically(folder / "model.json", std::as_bytes(std::span(written)), true));
  fmt::print("{} added to {}{}{}\n", card->name, common.models.string(), next->empty() ? "" : "; ",
             *next);
  return {};
}

struct UseArguments {
  std::vector<std::string> models;
  bool json = false;
};

/// The data folder is open elsewhere; a server there can do it itself.
std::unexpected<Error> FailInUse(Error error, const ModelCard& card) {
  error.message += fmt::format(
      "; or let its server do it while it answers: curl -H 'Content-Type: application/json' "
      "-d '{{\"{}\": \"{}\"}}' http://HOST:PORT/v1/generations",
      card.task == "detect" ? "detector" : "embedder", card.file.parent_path().filename().string());
  return std::unexpected(std::move(error));
}

void PrintUsed(const Generation& generation, const ReembedProgress& done, bool json) {
  const std::int64_t embedded = done.done - done.resumed;
  if (json) {
    const nlohmann::ordered_json summary = {
        {"generation", generation.number},    {"detector", generation.detector.id},
        {"embedder", generation.embedder.id}, {"pictures", done.pictures},
        {"pictures_embedded", embedded},      {"seconds", done.seconds}};
    fmt::print("{}\n", summary.dump());
    return;
  }
  fmt::print("generation {}: detector {}, embedder {}; {} of {} pictures embedded in {:.1f} s\n",
             generation.number, generation.detector.id, generation.embedder.id, embedded,
             done.pictures, done.seconds);
}

Status Use(const CommonOptions& common, const UseArguments& arguments) {
  const StopOnSignal stop;
  std::string detector = common.detector;
  std::string embedder = common.embedder;
  Result<ModelCard> card;
  for (const std::string& name : arguments.models) {
    card = FindModel(common.models, name);
    if (!card) return std::unexpected(card.error());
    (card->task == "detect" ? detector : embedder) = name;
  }
  const auto opened = OpenedShop::OpenToUseModels(common, RunMode::kThroughput);
  if (!opened && opened.error().code == Code::kAlreadyExists)
    return FailInUse(opened.error(), *card);
  if (!opened) return std::unexpected(opened.error());
  const auto models = (*opened)->FindModels(detector, embedder);
  if (!models) return std::unexpected(models.error());

  ProgressBar bar;
  const ReembedObserver observer{
      .on_progress = [&bar](const ReembedProgress& progress) { bar.Update(ProgressOf(progress)); },
      .on_problem = [&bar](const std::string& problem) { bar.Print(problem); }};
  const auto done = (*opened)->UseModels(*models, /*workers=*/0, observer, stop.token());
  bar.Finish();
  if (!done) return std::unexpected(done.error());
  PrintUsed((*opened)->store().generation(), *done, arguments.json);
  return {};
}

void AddListCommand(CLI::App& models, const CommonOptions& common, Action& action) {
  auto* const list = models.add_subcommand("list", "List the models with what their cards say");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "Print as JSON");
  list->callback(
      [&common, json, &action] { action = [&common, json] { return List(common, *json); }; });
}

void AddAddCommand(CLI::App& models, const CommonOptions& common, Action& action) {
  auto* const add =
      models.add_subcommand("add", "Check a model against its card by running it, and add it");
  auto arguments = std::make_shared<AddArguments>();
  add->add_option("onnx", arguments->onnx, "The ONNX file")->required();
  add->add_option("--card", arguments->card, "Its card (docs/models.md)")->required();
  add->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Add(common, *arguments); };
  });
}

void AddFitCommand(CLI::App& models, const CommonOptions& common, Action& action) {
  auto* const fit = models.add_subcommand(
      "fit-projection", "Fit the PCA that brings a model's output to 256 numbers");
  auto arguments = std::make_shared<FitArguments>();
  fit->add_option("model", arguments->model, "Folder of the embedder below --models")->required();
  fit->add_option("--pictures", arguments->pictures,
                  "Folder of pictures like those of the catalog, 257 at least")
      ->required();
  fit->add_option("--power", arguments->power, "Whitening: 0 plain PCA, 0.5 full [0.25]")
      ->check(CLI::Range(0.0, 0.5));
  fit->callback([&common, arguments, &action] {
    action = [&common, arguments] { return FitModelProjection(common, *arguments); };
  });
}

void AddUseCommand(CLI::App& models, const CommonOptions& common, Action& action) {
  auto* const use = models.add_subcommand(
      "use", "Embed the catalog anew with other models, and switch to them in one step");
  auto arguments = std::make_shared<UseArguments>();
  use->add_option("model", arguments->models,
                  "An embedder, a detector or both: folders below --models, or paths of folders")
      ->required()
      ->expected(1, 2);
  use->add_flag("--json", arguments->json, "Print the summary as JSON");
  use->footer(
      "Example:\n  snapshelf models use resnet50 --data my-shop --models my-models\n\n"
      "Started again after a kill, it goes on where it was; until the switch the shop is as it "
      "was.\n"
      "While a server has the data folder open, ask the server: POST /v1/generations.");
  use->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Use(common, *arguments); };
  });
}

}  // namespace

void AddModels(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const models = app.add_subcommand("models", "List, add, prepare and change models");
  models->require_subcommand(1);
  models->fallthrough();  // --models may stand before or after the subcommand
  AddListCommand(*models, common, action);
  AddAddCommand(*models, common, action);
  AddFitCommand(*models, common, action);
  AddUseCommand(*models, common, action);
  models->footer(
      "Example:\n  snapshelf models list\n  snapshelf models add resnet50.onnx --card "
      "resnet50.json --models my-models\n"
      "  snapshelf models fit-projection resnet50 --pictures photos/ --models my-models\n"
      "  snapshelf models use resnet50 --data my-shop --models my-models");
}

}  // namespace snapshelf
