#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "embed/projection.h"

namespace snapshelf {
namespace {

// Directions of less variance than this part of the largest are noise: whitening must not blow them
// up.
constexpr double kVarianceMin = 1e-6;

// Unit vectors in float32 that are all the same vary by less than this (rounding, squared).
constexpr double kRounding = 1e-12;

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

Result<Projection> FitProjection(std::span<const float> features, int input_size, int output_size,
                                 float power) {
  if (input_size < 1 || output_size < 1 || output_size > input_size ||
      features.size() % static_cast<std::size_t>(input_size) != 0)
    return Fail(Code::kInvalidArgument,
                fmt::format("projection: {} features cannot be rows of {} mapped to {}",
                            features.size(), input_size, output_size));
  const auto count = static_cast<Eigen::Index>(features.size()) / input_size;
  if (count <= output_size)
    return Fail(Code::kInvalidArgument,
                fmt::format("projection: {} pictures are too few to fit {} numbers, at least {} "
                            "are needed",
                            count, output_size, output_size + 1));
  RowMatrix rows = Eigen::Map<const FloatRows>(features.data(), count, input_size).cast<double>();
  rows.rowwise().normalize();
  if (!rows.allFinite()) return Fail(Code::kInvalidArgument, "projection: a feature is not finite");

  const Eigen::RowVectorXd mean = rows.colwise().mean();
  rows.rowwise() -= mean;
  const Eigen::MatrixXd covariance = rows.transpose() * rows / static_cast<double>(count);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);  // smallest first
  const double largest = solver.eigenvalues()(input_size - 1);
  if (solver.info() != Eigen::Success || !(largest > kRounding))
    return Fail(Code::kInvalidArgument, "projection: the features do not differ");

  Projection projection = {.input_size = input_size, .output_size = output_size};
  projection.mean.resize(static_cast<std::size_t>(input_size));
  projection.matrix.resize(static_cast<std::size_t>(input_size) * output_size);
  Eigen::Map<Eigen::RowVectorXf>(projection.mean.data(), input_size) = mean.cast<float>();
  Eigen::Map<FloatRows> matrix(projection.matrix.data(), output_size, input_size);
  for (int i = 0; i < output_size; ++i) {
    const int column = input_size - 1 - i;
    const double variance = std::max(solver.eigenvalues()(column), kVarianceMin * largest);
    matrix.row(i) =
        (solver.eigenvectors().col(column).transpose() / std::pow(variance, power)).cast<float>();
  }
  return projection;
}

}  // namespace snapshelf
