#include "cli/apply_config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace snapshelf {
namespace {

bool IsSet(const std::string& variable) {
  const char* const value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return value != nullptr && *value != '\0';
}

}  // namespace

Status ApplyConfig(const Config& config, CLI::App& command) {
  for (const FileOption& setting : config.options) {
    CLI::Option* const option = command.get_option_no_throw(setting.option);
    if (option == nullptr || option->count() > 0 || IsSet(setting.environment)) continue;
    try {
      option->add_result(setting.values);
      option->run_callback();
    } catch (const CLI::Error& error) {
      return Fail(Code::kInvalidArgument, fmt::format("{}: {}", setting.where, error.what()));
    }
  }
  return {};
}

void TakePasswords(Config& config) {
  const char* const password = std::getenv("SNAPSHELF_MILVUS_PASSWORD");
  if (password != nullptr && *password != '\0') config.milvus.password = password;
}

}  // namespace snapshelf
