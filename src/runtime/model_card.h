#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/model.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What a cosine of two embeddings means to a shopper (embed/likeness.h computes it): a logistic
/// curve over `cosine - weight * background`, fitted on photos whose right products are known
/// (docs/design/0010-calibration.md).
struct Calibration {
  float midpoint = 0;       ///< where one half would call it the same; -2 .. 2
  float slope = 1;          ///< above 0, at most 1000; per unit of cosine
  float good_match = 0.5F;  ///< likeness below which nothing is called a match

  /// Mean cosine of the products at these ranks, the best being 1; last 0: none.
  struct Background {
    float weight = 0;  ///< 0 .. 1
    int first = 1;
    int last = 0;
  } background;
};

/// What model.json says about a model file, so that C++ holds no copy of a constant (docs/models.md
/// lists the keys). Normalisation of an input pixel p (0 .. 255): (p * scale - mean[c]) / std[c], c
/// in the order of `color`.
struct ModelCard {
  std::string name;
  std::string version;
  std::string task;            ///< "detect" or "embed"
  std::string decoder;         ///< "yolox", "yolov5", "yolov8", "yolov1" or "embedding"
  std::filesystem::path file;  ///< the ONNX file, absolute
  std::string sha256;          ///< of the ONNX file; empty: not checked

  struct Input {
    std::string name;  ///< empty: the model's only input
    int width = 0;
    int height = 0;
    std::string layout = "NCHW";
    std::string color = "RGB";  ///< or "BGR"
    float scale = 1;
    std::array<float, 3> mean = {0, 0, 0};
    std::array<float, 3> std = {1, 1, 1};
    std::string resize = "letterbox";          ///< "stretch", "letterbox", "letterbox_top_left"
    std::array<int, 3> pad = {114, 114, 114};  ///< RGB, 0 .. 255
  } input;

  std::string output_name;  ///< empty: the model's only or first output
  float score_threshold = 0.3F;
  float nms_iou = 0.5F;
  std::vector<std::string> classes;
  std::vector<int> strides = {8, 16, 32};  ///< yolox only
  int embedding_size = 0;                  ///< of the final embedding, after the projection
  std::optional<Calibration> calibration;  ///< embedders; none: scores are cosines alone
  std::filesystem::path projection;        ///< absolute; empty: the output is the embedding itself
  std::string projection_sha256;
  Precision precision = Precision::kFloat32;  ///< "f32" or "bf16": what was measured to be enough
  std::string licence;
  std::string training_data;
  std::string scores = "{}";  ///< JSON object: what was measured; for people, not interpreted

  /// "name@version": stored with every vector's generation.
  [[nodiscard]] std::string Id() const { return name + "@" + version; }
};

/// Reads and checks a card; the ONNX and projection paths are relative to it.
/// errors: kNotFound, kInvalidArgument (names the key and the value), kCorruption when a sha256
/// differs.
[[nodiscard]] Result<ModelCard> ReadModelCard(const std::filesystem::path& path);

/// The same, without checking that the files exist or their sha256 (for `models add` and `models
/// fit-projection`).
[[nodiscard]] Result<ModelCard> ParseModelCard(const std::string& json,
                                               const std::filesystem::path& folder);

/// The card as JSON text, paths relative to `folder`.
[[nodiscard]] std::string WriteModelCard(const ModelCard& card,
                                         const std::filesystem::path& folder);

}  // namespace snapshelf
