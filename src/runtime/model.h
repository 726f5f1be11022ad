#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
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

enum class Precision : std::uint8_t {
  kFloat32,   ///< the same numbers on every machine, within rounding
  kBFloat16,  ///< where the CPU multiplies bfloat16 in hardware, else float32 (docs/models.md)
};

struct ModelOptions {
  RunMode mode = RunMode::kLatency;
  Precision precision = Precision::kFloat32;
  int threads = 0;       ///< 0: all usable cores
  std::string input;     ///< name that the input must have; empty: any
  std::string output;    ///< name of the output that Run returns; empty: the first
  int input_height = 0;  ///< replaces a dynamic height of the input; 0: keep
  int input_width = 0;
};

/// A network loaded from an ONNX file.
///
/// Images pass through one at a time, each core working on another one: on a CPU larger batches are
/// not faster (docs/design/0007-inference.md), and no call waits for another's.
///
/// threads: Run is safe from any number of threads; each call has its own requests from a pool.
class Model {
 public:
  /// errors: kNotFound (no file), kCorruption (not ONNX), kInvalidArgument (no single image input,
  ///         no such input or output, or sides that stay dynamic).
  static Result<std::unique_ptr<Model>> Load(const std::filesystem::path& onnx,
                                             const ModelOptions& options);
  ~Model();

  /// [N, 3, H, W] as the file has it, with the options' sides; -1 where dynamic.
  [[nodiscard]] const std::vector<std::int64_t>& input_shape() const;
  /// Shape of the chosen output for one image; -1 where dynamic.
  [[nodiscard]] const std::vector<std::int64_t>& output_shape() const;
  [[nodiscard]] const std::vector<std::string>& output_names() const;

  /// Runs `images` [N, 3, H, W] and returns the chosen output [N, ...]; N may be 0.
  /// errors: kInvalidArgument if the shape does not fit, kInternal if inference fails.
  [[nodiscard]] Result<Tensor> Run(const Tensor& images) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
