#pragma once

#include <filesystem>
#include <string>

#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Tells models apart, also those that share name and version: "name@version", and the hashes of
/// network and projection.
[[nodiscard]] std::string ModelId(const ModelCard& card);

/// A model as a data folder remembers it.
struct RecordedModel {
  std::string id;  ///< ModelId; empty: not known
  std::filesystem::path folder;
};

/// The vectors of a data folder: which models made them, and where they lie
/// (docs/format/store.md).
struct Generation {
  int number = 1;
  RecordedModel detector;
  RecordedModel embedder;
  [[nodiscard]] bool HasModelsOf(const Generation& other) const {
    return detector.id == other.detector.id && embedder.id == other.embedder.id;
  }
};

/// As it stands in the data folder.
[[nodiscard]] std::string WriteGeneration(const Generation& generation);

/// Also reads what was written before there were generations: the id of the embedder alone.
/// errors: kCorruption.
[[nodiscard]] Result<Generation> ReadGeneration(const std::string& text);

[[nodiscard]] Generation MakeGeneration(int number, const ModelCard& detector,
                                        const ModelCard& embedder);

}  // namespace snapshelf
