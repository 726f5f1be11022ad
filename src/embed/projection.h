#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// A linear map from a model's output to a shorter embedding: y = matrix * (x / |x| - mean), then
/// unit length.
struct Projection {
  int input_size = 0;
  int output_size = 0;
  std::vector<float> mean;    ///< [input_size]
  std::vector<float> matrix;  ///< [output_size, input_size] row-major

  /// `input`: [input_size], any length above 0; `output`: [output_size], unit length (all zero if
  /// the input maps to zero).
  void Apply(std::span<const float> input, std::span<float> output) const;
};

/// PCA with whitening: rows of the matrix are the leading eigenvectors of the covariance of
/// `features`
/// ([count, input_size] row-major, each row scaled to unit length first), each divided by
/// eigenvalue^power (0: plain PCA, .5: full whitening; Jegou and Chum, ECCV 2012).
/// errors: kInvalidArgument unless there are more rows than output_size, output_size is at most
///         input_size, and all features are finite.
[[nodiscard]] Result<Projection> FitProjection(std::span<const float> features, int input_size,
                                               int output_size, float power);

/// File format in docs/format/projection.md (magic, sizes, float32 little endian, CRC-32C).
/// errors: kNotFound; kCorruption when cut or changed; kUnimplemented when of a newer version.
[[nodiscard]] Result<Projection> ReadProjection(const std::filesystem::path& path);
/// Replaces the file in one step. errors: kIoError.
[[nodiscard]] Status WriteProjection(const Projection& projection,
                                     const std::filesystem::path& path);

}  // namespace snapshelf
