#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "embed/feature_extractor.h"
#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

inline constexpr int kEmbeddingDim = 256;

/// A point on the unit sphere; things that look alike lie close (cosine).
using Embedding = std::array<float, kEmbeddingDim>;

/// Turns crops into embeddings with any ResNet (or other network) whose card says how: crop and
/// fit, network, the card's projection if it has one, unit length.
///
/// threads: Embed is safe from any number of threads.
class Embedder {
 public:
  /// errors: as LoadModel and ReadProjection; kInvalidArgument if card.task is not "embed", or the
  ///         output, after the projection that the card names, is not kEmbeddingDim long.
  static Result<std::unique_ptr<Embedder>> Create(const ModelCard& card, RunMode mode);
  ~Embedder();

  [[nodiscard]] const ModelCard& card() const;

  /// One unit-length embedding per crop, in order; one batch through the model.
  [[nodiscard]] Result<std::vector<Embedding>> Embed(std::span<const Crop> crops) const;

 private:
  struct Impl;
  explicit Embedder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
