#include "runtime/load_model.h"

#include <fmt/format.h>

#include <utility>

namespace snapshelf {

Result<std::unique_ptr<Model>> LoadModel(const ModelCard& card, RunMode mode) {
  auto model = Model::Load(card.file, {.mode = mode,
                                       .precision = card.precision,
                                       .input = card.input.name,
                                       .output = card.output_name,
                                       .input_height = card.input.height,
                                       .input_width = card.input.width});
  if (!model) return model;
  const auto& shape = (*model)->input_shape();
  if (shape[2] != card.input.height || shape[3] != card.input.width)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: takes {}x{} pixels, the card says {}x{}", card.name,
                            shape[3], shape[2], card.input.width, card.input.height));
  return model;
}

}  // namespace snapshelf
