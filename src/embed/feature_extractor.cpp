#include "embed/feature_extractor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "photo/resize.h"
#include "runtime/load_model.h"
#include "runtime/pack.h"

namespace snapshelf {

struct FeatureExtractor::Impl {
  ModelCard card;
  Fit fit = Fit::kStretch;
  int size = 0;
  std::unique_ptr<Model> model;

  Tensor Fill(std::span<const Crop> crops) const;
};

Result<std::unique_ptr<FeatureExtractor>> FeatureExtractor::Create(const ModelCard& card,
                                                                   RunMode mode) {
  if (card.task != "embed")
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: task is \"{}\", not \"embed\"", card.name, card.task));
  const auto fit = FitFromName(card.input.resize);
  if (!fit)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: resize \"{}\" is not known", card.name, card.input.resize));
  auto model = LoadModel(card, mode);
  if (!model) return std::unexpected(std::move(model).error());
  const auto& shape = (*model)->output_shape();
  const bool vector =
      shape.size() >= 2 && shape[1] > 0 &&
      std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t side) { return side == 1; });
  if (!vector)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: output [{}] is not one vector per image", card.name,
                            fmt::join(shape, ", ")));

  auto impl = std::make_unique<Impl>();
  impl->card = card;
  impl->fit = *fit;
  impl->size = static_cast<int>(shape[1]);
  impl->model = std::move(*model);
  return std::unique_ptr<FeatureExtractor>(new FeatureExtractor(std::move(impl)));
}

FeatureExtractor::FeatureExtractor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FeatureExtractor::~FeatureExtractor() = default;

int FeatureExtractor::size() const {
  return impl_->size;
}

/// The crops as the network wants them, [N, 3, H, W].
Tensor FeatureExtractor::Impl::Fill(std::span<const Crop> crops) const {
  const int width = card.input.width;
  const int height = card.input.height;
  const std::array<std::uint8_t, 3> pad = {static_cast<std::uint8_t>(card.input.pad[0]),
                                           static_cast<std::uint8_t>(card.input.pad[1]),
                                           static_cast<std::uint8_t>(card.input.pad[2])};
  const std::size_t image_size = 3 * static_cast<std::size_t>(width) * height;
  Tensor images = {.shape = {static_cast<std::int64_t>(crops.size()), 3, height, width},
                   .values = std::vector<float>(crops.size() * image_size)};
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const Image fitted = CropAndFit(*crops[i].photo, crops[i].box, width, height, fit, pad);
    PackPixels(fitted.pixels, card.input,
               std::span(images.values).subspan(i * image_size, image_size));
  }
  return images;
}

Result<Tensor> FeatureExtractor::Extract(std::span<const Crop> crops) const {
  auto features = impl_->model->Run(impl_->Fill(crops));
  if (features) features->shape = {static_cast<std::int64_t>(crops.size()), impl_->size};
  return features;
}

}  // namespace snapshelf
