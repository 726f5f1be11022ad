// snapshelf: reads the command line, and runs one subcommand. Exit status: 0 done, 1 failed, 2
// wrong usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "cli/apply_config.h"
#include "cli/commands.h"
#include "photo/decode.h"
#include "snapshelf/version.h"

namespace snapshelf {

std::filesystem::path ShareFolder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "snapshelf";
}

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kWindowMax = 100'000;
constexpr double kReachMin = 0.001;
constexpr double kReachMax = 1;
const std::map<std::string, IndexKind> kIndexKinds = {
    {"auto", IndexKind::kAuto}, {"exact", IndexKind::kExact}, {"graph", IndexKind::kGraph}};

std::string FromEnvironment(const char* name, const std::string& fallback) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

void AddCommonOptions(CLI::App& app, CommonOptions& common) {
  common.data = FromEnvironment("SNAPSHELF_DATA", "snapshelf-data");
  common.models = FromEnvironment("SNAPSHELF_MODELS", (ShareFolder() / "models").string());
  common.config_file = FromEnvironment("SNAPSHELF_CONFIG", "");
  for (CLI::App* const command : app.get_subcommands({})) {
    command->add_option("--config", common.config_file,
                        "File in TOML that says what the shop consists of; options win over it "
                        "[$SNAPSHELF_CONFIG]");
    command->add_option("--data", common.data,
                        "Data folder of the shop [$SNAPSHELF_DATA, else ./snapshelf-data]");
    command->add_option("--models", common.models,
                        "Folder of the models [$SNAPSHELF_MODELS, else those that came along]");
    command->add_option("--detector", common.detector,
                        "Which detector below --models [detector, else the only one]");
    command->add_option("--embedder", common.embedder,
                        "Which embedder below --models [embedder, else the only one]");
    command
        ->add_option_function<std::string>(
            "--index",
            [&common](const std::string& name) { common.vectors.kind = kIndexKinds.at(name); },
            "How vectors are searched [auto: exact below 20,000, else by a graph]")
        ->check(CLI::IsMember({"auto", "exact", "graph"}));
    auto* const reach =
        command
            ->add_option("--reach", common.vectors.reach,
                         "How far past the last hit a search in the graph goes on looking, as a "
                         "share of its distance: more finds more of the nearest and takes longer "
                         "[0.08, more in a large catalog]")
            ->check(CLI::Range(kReachMin, kReachMax));
    command
        ->add_option("--window", common.vectors.window,
                     "Instead of a reach: candidates that a search in the graph keeps")
        ->check(CLI::Range(1, kWindowMax))
        ->excludes(reach);
    command
        ->add_option("--index-memory", common.vectors.memory_gb,
                     "GB of memory for vectors and index; in less than they take, scores are "
                     "rounded to 0.001 [three quarters of the machine's]")
        ->check(CLI::PositiveNumber);
  }
}

/// Options that were given win over the file.
Status LoadConfig(CommonOptions& common, CLI::App& command) {
  if (common.config_file.empty()) return {};
  auto config = ReadConfig(common.config_file);
  if (!config) return std::unexpected(std::move(config).error());
  common.config = std::move(*config);
  TakePasswords(common.config);
  return ApplyConfig(common.config, command);
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Shop by image: a photo goes in, the products that look like the things in it come out.",
      "snapshelf");
  app.set_version_flag("--version", std::string("snapshelf ") + kVersion);
  app.require_subcommand(1);
  app.footer("Each command has its own --help with an example.");
  CommonOptions common;
  Action action;
  AddImport(app, common, action);
  AddSearch(app, common, action);
  AddServe(app, common, action);
  AddInspect(app, common, action);
  AddVerify(app, common, action);
  AddMigrate(app, common, action);
  AddModels(app, common, action);
  AddEval(app, common, action);
  AddRates(app, common, action);
  AddCommonOptions(app, common);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  auto done = InitPhoto(argv[0]);
  if (done) done = LoadConfig(common, *app.get_subcommands().front());
  if (done) done = action();
  if (done) return 0;
  fmt::print(stderr, "snapshelf: {}\n", done.error().message);
  return kFailed;
}

}  // namespace
}  // namespace snapshelf

int main(int argc, char** argv) {
  try {
    return snapshelf::Run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "snapshelf: unexpected: {}\n", error.what());
    return snapshelf::kFailed;
  }
}
