#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/config.h"
#include "cli/vector_options.h"
#include "snapshelf/result.h"

namespace CLI {
class App;
}

namespace snapshelf {

/// What every subcommand takes.
struct CommonOptions {
  std::filesystem::path data;
  std::filesystem::path models;
  std::string detector;  ///< folder name below `models`; empty: chosen by ChooseModel
  std::string embedder;
  std::filesystem::path config_file;  ///< empty: none
  Config config;                      ///< what stands in it, read before the command runs
  VectorOptions vectors;
};

/// What the chosen subcommand does once the command line is read. An error ends the program with
/// status 1.
using Action = std::function<Status()>;

/// Each adds its subcommand with help and example, and sets `action` when it was chosen.
void AddImport(CLI::App& app, const CommonOptions& common, Action& action);
void AddSearch(CLI::App& app, const CommonOptions& common, Action& action);
void AddServe(CLI::App& app, const CommonOptions& common, Action& action);
void AddInspect(CLI::App& app, const CommonOptions& common, Action& action);
void AddVerify(CLI::App& app, const CommonOptions& common, Action& action);
void AddMigrate(CLI::App& app, const CommonOptions& common, Action& action);
void AddModels(CLI::App& app, const CommonOptions& common, Action& action);
void AddRates(CLI::App& app, const CommonOptions& common, Action& action);
void AddEval(CLI::App& app, const CommonOptions& common, Action& action);

/// The folder bin/../share/snapshelf of the running program.
[[nodiscard]] std::filesystem::path ShareFolder();

}  // namespace snapshelf
