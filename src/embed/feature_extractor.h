#pragma once

#include <memory>
#include <span>

#include "photo/image.h"
#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A part of a photo to embed. `box` in pixels of the upright original.
struct Crop {
  const Photo* photo = nullptr;
  Box box;
};

/// Turns crops into the numbers that the network of a card gives, before projection and scaling.
/// Embedder uses it; `models fit-projection` collects its features.
///
/// threads: Extract is safe from any number of threads.
class FeatureExtractor {
 public:
  /// errors: as LoadModel; kInvalidArgument if card.task is not "embed", or the output is not one
  ///         vector per image ([N, D] or [N, D, 1, 1]).
  static Result<std::unique_ptr<FeatureExtractor>> Create(const ModelCard& card, RunMode mode);
  ~FeatureExtractor();

  /// D, the length of a feature vector.
  [[nodiscard]] int size() const;

  /// One row per crop, in order: [N, D]. One batch through the model.
  [[nodiscard]] Result<Tensor> Extract(std::span<const Crop> crops) const;

 private:
  struct Impl;
  explicit FeatureExtractor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
