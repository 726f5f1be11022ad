#include "cli/model_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace snapshelf {

Result<std::vector<ListedModel>> ListModels(const std::filesystem::path& models) {
  std::error_code error;
  std::vector<ListedModel> listed;
  for (const auto& entry : std::filesystem::directory_iterator(models, error)) {
    const auto card = entry.path() / "model.json";
    if (std::filesystem::exists(card))
      listed.push_back({.folder = entry.path().filename().string(), .card = ReadModelCard(card)});
  }
  if (error)
    return Fail(Code::kNotFound,
                fmt::format("models folder {}: {}", models.string(), error.message()));
  std::ranges::sort(listed, {}, &ListedModel::folder);
  return listed;
}

Result<ModelCard> ChooseModel(const std::filesystem::path& models, const std::string& wanted,
                              const std::string& usual, const std::string& task) {
  auto listed = ListModels(models);
  if (!listed) return std::unexpected(std::move(listed).error());
  const std::string& name = wanted.empty() ? usual : wanted;
  const auto named = std::ranges::find(*listed, name, &ListedModel::folder);
  if (named != listed->end()) return named->card;

  std::vector<const ListedModel*> fitting;
  for (const ListedModel& model : *listed)
    if (model.card && model.card->task == task) fitting.push_back(&model);
  if (wanted.empty() && fitting.size() == 1) return fitting.front()->card;

  std::vector<std::string> names;
  names.reserve(fitting.size());
  for (const ListedModel* model : fitting) names.push_back(model->folder);
  return Fail(
      Code::kNotFound,
      fmt::format("models folder {} has no {} called \"{}\"; it has: {}", models.string(), usual,
                  name, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

Result<ModelCard> FindModel(const std::filesystem::path& models, const std::string& name) {
  for (const auto& folder : {models / name, std::filesystem::absolute(name)})
    if (std::filesystem::exists(folder / "model.json")) return ReadModelCard(folder / "model.json");
  return Fail(
      Code::kNotFound,
      fmt::format("there is no model \"{}\", neither in the models folder {} nor as a folder "
                  "with a model.json; `snapshelf models list` shows what there is",
                  name, models.string()));
}

Result<ModelCard> FindRecordedModel(const std::filesystem::path& models,
                                    const RecordedModel& recorded) {
  if (const auto listed = ListModels(models))
    for (const ListedModel& model : *listed)
      if (model.card && ModelId(*model.card) == recorded.id) return model.card;
  auto card = ReadModelCard(recorded.folder / "model.json");
  if (card && ModelId(*card) == recorded.id) return card;
  return Fail(Code::kNotFound, fmt::format("the model \"{}\" is neither in {} nor in {}",
                                           recorded.id, models.string(), recorded.folder.string()));
}

}  // namespace snapshelf
