#pragma once

#include <memory>

#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Loads the model of a card as the card says, for `mode`.
/// errors: as Model::Load; kInvalidArgument if the model's input is not as large as the card says.
[[nodiscard]] Result<std::unique_ptr<Model>> LoadModel(const ModelCard& card, RunMode mode);

}  // namespace snapshelf
