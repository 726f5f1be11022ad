#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "photo/image.h"
#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

inline constexpr int kEmbeddingDim = 256;

/// A point on the unit sphere; things that look alike lie close (cosine).
using Embedding = std::array<float, kEmbeddingDim>;

/// A part of a photo to embed. `box` in pixels of the upright original.
struct Crop {
  const Photo* photo = nullptr;
  Box box;
};

/// Turns crops into embeddings with any ResNet (or other network) whose card says how.
///
/// threads: Embed is safe from any number of threads.
class Embedder {
 public:
  /// errors: as Model::Load; kInvalidArgument if card.task is not "embed", or output (after the
  /// projection
  ///         that the card names) is not kEmbeddingDim long.
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
