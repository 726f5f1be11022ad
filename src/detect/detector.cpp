#include "detect/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "detect/decoders/yolov1.h"
#include "detect/decoders/yolov5.h"
#include "detect/decoders/yolov8.h"
#include "detect/decoders/yolox.h"
#include "detect/nms.h"
#include "photo/resize.h"
#include "runtime/load_model.h"
#include "runtime/pack.h"

namespace snapshelf {
namespace {

Result<Decoder> FindDecoder(const ModelCard& card) {
  constexpr std::array<std::pair<std::string_view, Decoder>, 4> kDecoders = {
      {{"yolox", DecodeYolox},
       {"yolov5", DecodeYolov5},
       {"yolov8", DecodeYolov8},
       {"yolov1", DecodeYolov1}}};
  for (const auto& [name, decoder] : kDecoders)
    if (name == card.decoder) return decoder;
  return Fail(Code::kInvalidArgument,
              fmt::format("model {}: decoder \"{}\" is not known", card.name, card.decoder));
}

/// Decodes an empty output of the model's shape: a model that does not fit its card is refused when
/// it is loaded, not at the first photo.
Status TryDecoder(Decoder decoder, const std::vector<std::int64_t>& shape, const ModelCard& card) {
  if (std::ranges::any_of(shape, [](std::int64_t side) { return side < 0; })) return {};
  const auto size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies{});
  const Tensor nothing = {.shape = shape,
                          .values = std::vector<float>(static_cast<std::size_t>(size))};
  SNAPSHELF_RETURN_IF_ERROR(decoder(nothing, 0, card));
  return {};
}

/// From pixels of the network's input to pixels of the upright original.
Box MapBack(const Box& box, const FitGeometry& geometry) {
  return {.x = (box.x - geometry.offset_x) / geometry.scale_x,
          .y = (box.y - geometry.offset_y) / geometry.scale_y,
          .width = box.width / geometry.scale_x,
          .height = box.height / geometry.scale_y};
}

}  // namespace

struct Detector::Impl {
  ModelCard card;
  Fit fit = Fit::kLetterbox;
  Decoder decoder = nullptr;
  std::unique_ptr<Model> model;

  Tensor Fill(std::span<const Photo* const> photos, std::vector<FitGeometry>& geometries) const;
  std::vector<Detection> ToDetections(std::vector<RawBox> boxes, const Photo& photo,
                                      const FitGeometry& geometry) const;
};

Result<std::unique_ptr<Detector>> Detector::Create(const ModelCard& card, RunMode mode) {
  if (card.task != "detect")
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: task is \"{}\", not \"detect\"", card.name, card.task));
  const auto fit = FitFromName(card.input.resize);
  if (!fit)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: resize \"{}\" is not known", card.name, card.input.resize));
  const auto decoder = FindDecoder(card);
  if (!decoder) return std::unexpected(decoder.error());
  auto model = LoadModel(card, mode);
  if (!model) return std::unexpected(std::move(model).error());
  SNAPSHELF_RETURN_IF_ERROR(TryDecoder(*decoder, (*model)->output_shape(), card));

  auto impl = std::make_unique<Impl>();
  impl->card = card;
  impl->fit = *fit;
  impl->decoder = *decoder;
  impl->model = std::move(*model);
  return std::unique_ptr<Detector>(new Detector(std::move(impl)));
}

Detector::Detector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Detector::~Detector() = default;

const ModelCard& Detector::card() const {
  return impl_->card;
}

PublishedModel Detector::Published() const {
  const ModelCard& card = impl_->card;
  return {.card = WriteModelCard(card, card.file.parent_path()),
          .file = card.file,
          .sha256 = card.sha256};
}

/// The photos as the network wants them, [N, 3, H, W], and where each one landed.
Tensor Detector::Impl::Fill(std::span<const Photo* const> photos,
                            std::vector<FitGeometry>& geometries) const {
  const int width = card.input.width;
  const int height = card.input.height;
  const std::array<std::uint8_t, 3> pad = {static_cast<std::uint8_t>(card.input.pad[0]),
                                           static_cast<std::uint8_t>(card.input.pad[1]),
                                           static_cast<std::uint8_t>(card.input.pad[2])};
  const std::size_t size = 3 * static_cast<std::size_t>(width) * height;
  Tensor images = {.shape = {static_cast<std::int64_t>(photos.size()), 3, height, width},
                   .values = std::vector<float>(photos.size() * size)};
  geometries.resize(photos.size());
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const Image fitted =
        CropAndFit(*photos[i], WholeBox(*photos[i]), width, height, fit, pad, &geometries[i]);
    PackPixels(fitted.pixels, card.input, std::span(images.values).subspan(i * size, size));
  }
  return images;
}

std::vector<Detection> Detector::Impl::ToDetections(std::vector<RawBox> boxes, const Photo& photo,
                                                    const FitGeometry& geometry) const {
  std::vector<Detection> detections;
  for (const RawBox& raw : SuppressDuplicates(std::move(boxes), card.nms_iou)) {
    const Box box = Clip(MapBack(raw.box, geometry), photo.width, photo.height);
    if (box.Area() <= 0) continue;  // found in the padding
    detections.push_back({.box = box,
                          .class_index = raw.class_index,
                          .class_name = card.classes[raw.class_index],
                          .score = raw.score});
  }
  return detections;
}

Result<std::vector<std::vector<Detection>>> Detector::Detect(
    std::span<const Photo* const> photos) const {
  std::vector<FitGeometry> geometries;
  const auto output = impl_->model->Run(impl_->Fill(photos, geometries));
  if (!output) return std::unexpected(output.error());
  std::vector<std::vector<Detection>> detections;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    auto boxes = impl_->decoder(*output, i, impl_->card);
    if (!boxes) return std::unexpected(std::move(boxes).error());
    detections.push_back(impl_->ToDetections(*std::move(boxes), *photos[i], geometries[i]));
  }
  return detections;
}

}  // namespace snapshelf
