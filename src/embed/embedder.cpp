#include "embed/embedder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/check.h"
#include "embed/projection.h"

namespace snapshelf {
namespace {

/// Scales to length 1; false if that is not possible (all zero, not finite).
bool MakeUnit(Embedding& embedding) {
  double squares = 0;
  for (const float value : embedding) squares += double{value} * value;
  if (!(squares > 0) || !std::isfinite(squares)) return false;
  const auto factor = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : embedding) value *= factor;
  return true;
}

}  // namespace

struct Embedder::Impl {
  ModelCard card;
  std::unique_ptr<FeatureExtractor> extractor;
  std::optional<Projection> projection;
};

Result<std::unique_ptr<Embedder>> Embedder::Create(const ModelCard& card, RunMode mode) {
  auto extractor = FeatureExtractor::Create(card, mode);
  if (!extractor) return std::unexpected(std::move(extractor).error());
  auto impl = std::make_unique<Impl>();
  impl->card = card;
  impl->extractor = std::move(*extractor);
  int size = impl->extractor->size();
  if (!card.projection.empty()) {
    auto projection = ReadProjection(card.projection);
    if (!projection) return std::unexpected(std::move(projection).error());
    if (projection->input_size != size)
      return Fail(Code::kInvalidArgument,
                  fmt::format("model {}: gives {} numbers, its projection {} takes {}", card.name,
                              size, card.projection.string(), projection->input_size));
    size = projection->output_size;
    impl->projection = std::move(*projection);
  }
  if (card.embedding_size > 0 && size != card.embedding_size)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: gives embeddings of {} numbers, its card says {}", card.name,
                            size, card.embedding_size));
  if (size != kEmbeddingDim)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: gives embeddings of {} numbers, {} are needed; fit a "
                            "projection with `snapshelf models fit-projection`",
                            card.name, size, kEmbeddingDim));
  return std::unique_ptr<Embedder>(new Embedder(std::move(impl)));
}

Embedder::Embedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Embedder::~Embedder() = default;

const ModelCard& Embedder::card() const {
  return impl_->card;
}

Result<std::vector<Embedding>> Embedder::Embed(std::span<const Crop> crops) const {
  const auto features = impl_->extractor->Extract(crops);
  if (!features) return std::unexpected(features.error());
  const auto size = static_cast<std::size_t>(impl_->extractor->size());
  std::vector<Embedding> embeddings(crops.size());
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const std::span<const float> row(features->values.data() + i * size, size);
    if (impl_->projection) {
      impl_->projection->Apply(row, embeddings[i]);
    } else {
      std::ranges::copy(row, embeddings[i].begin());
    }
    if (!MakeUnit(embeddings[i]))
      return Fail(Code::kInternal,
                  fmt::format("model {}: gave an embedding without a direction", impl_->card.name));
  }
  return embeddings;
}

}  // namespace snapshelf
