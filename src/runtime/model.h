#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// A dense float32 array, row-major.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

enum class RunMode : std::uint8_t {
  kLatency,     ///< all cores work on one call: for a server
  kThroughput,  ///< one core per call, as many calls side by side as there are cores: for imports
};

struct ModelOptions {
  RunMode mode = RunMode::kLatency;
  int threads = 0;       ///< 0: all usable cores
  std::string output;    ///< name of the output that Run returns; empty: the first
  int input_height = 0;  ///< replaces dynamic sides of the input; 0: keep
  int input_width = 0;
};

/// A network loaded from an ONNX file.
///
/// threads: Run is safe from any number of threads; each call has its own request from a pool.
class Model {
 public:
  /// errors: kNotFound (no file), kCorruption (not ONNX), kInvalidArgument (no single image input,
  /// or no such output).
  static Result<std::unique_ptr<Model>> Load(const std::filesystem::path& onnx,
                                             const ModelOptions& options);
  ~Model();

  /// [N, 3, H, W]; -1 where dynamic.
  [[nodiscard]] const std::vector<std::int64_t>& input_shape() const;
  /// Shape of the chosen output; -1 where dynamic.
  [[nodiscard]] const std::vector<std::int64_t>& output_shape() const;
  [[nodiscard]] const std::vector<std::string>& output_names() const;

  /// Runs `images` [N, 3, H, W] and returns the chosen output. A model with a fixed batch is run in
  /// pieces. errors: kInvalidArgument if the shape does not fit, kInternal if inference fails.
  [[nodiscard]] Result<Tensor> Run(const Tensor& images) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
