#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/generation.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A model below the models folder: DIR/<folder>/model.json with its ONNX file beside it.
struct ListedModel {
  std::string folder;
  Result<ModelCard> card;
};

/// All models below `models`, by folder name. errors: kNotFound if there is no such folder.
[[nodiscard]] Result<std::vector<ListedModel>> ListModels(const std::filesystem::path& models);

/// The card of the model called `wanted` (a folder name), or, if that is empty, of the one in the
/// folder named `usual`, or else of the only one with this task. errors: kNotFound lists what is
/// there.
[[nodiscard]] Result<ModelCard> ChooseModel(const std::filesystem::path& models,
                                            const std::string& wanted, const std::string& usual,
                                            const std::string& task);

/// The model in the folder `name` below `models`, or in the folder whose path is `name`.
/// errors: kNotFound.
[[nodiscard]] Result<ModelCard> FindModel(const std::filesystem::path& models,
                                          const std::string& name);

/// The very model that a data folder remembers, wherever it lies below `models`, or else where it
/// lay. errors: kNotFound.
[[nodiscard]] Result<ModelCard> FindRecordedModel(const std::filesystem::path& models,
                                                  const RecordedModel& recorded);

}  // namespace snapshelf
