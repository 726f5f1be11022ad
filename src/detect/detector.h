#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "photo/image.h"
#include "runtime/model.h"
#include "runtime/model_card.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A thing found in a photo.
struct Detection {
  Box box;  ///< pixels of the upright original, inside the photo
  int class_index = 0;
  std::string class_name;
  float score = 0;  ///< 0 .. 1
};

/// A network as another program needs it to find the same things.
struct PublishedModel {
  std::string card;            ///< JSON (docs/models.md)
  std::filesystem::path file;  ///< the ONNX file
  std::string sha256;          ///< of the file; empty: the card does not tell
};

/// Finds the things in a photo with any YOLO whose card names a known decoder.
///
/// threads: Detect is safe from any number of threads.
class Detector {
 public:
  /// errors: as LoadModel; kInvalidArgument if card.task is not "detect", the decoder is unknown,
  /// or
  ///         the model's output does not have the shape that decoder and classes demand.
  static Result<std::unique_ptr<Detector>> Create(const ModelCard& card, RunMode mode);
  ~Detector();

  [[nodiscard]] const ModelCard& card() const;
  [[nodiscard]] PublishedModel Published() const;

  /// Per photo: detections above the card's threshold after class-aware NMS, best score first. One
  /// batch through the model.
  [[nodiscard]] Result<std::vector<std::vector<Detection>>> Detect(
      std::span<const Photo* const> photos) const;

 private:
  struct Impl;
  explicit Detector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
