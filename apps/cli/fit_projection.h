#pragma once

#include <filesystem>
#include <string>

#include "cli/commands.h"
#include "snapshelf/result.h"

namespace snapshelf {

struct FitArguments {
  std::string model;  ///< folder below the models folder
  std::filesystem::path pictures;
  float power = 0.25F;
};

/// Runs the embedder over a folder of pictures, fits a projection to 256 numbers, and writes it
/// beside the model and into its card.
Status FitModelProjection(const CommonOptions& common, const FitArguments& arguments);

}  // namespace snapshelf
