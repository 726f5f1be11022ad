#include "cli/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>

#include "base/check.h"
#include "cli/files.h"

namespace snapshelf {
namespace {

constexpr int kConnectionsMax = 1'000;
constexpr int kWaitMsMax = 3'600'000;

std::unexpected<Error> Wrong(std::string_view file, const toml::source_region& where,
                             std::string_view what) {
  return Fail(Code::kInvalidArgument, fmt::format("{}:{}: {}", file, where.begin.line, what));
}

/// One table of the file: what is asked for is taken, and the rest is unknown.
class Section {
 public:
  Section(std::string_view file, std::string_view name, const toml::table& table)
      : file_(file), name_(name), table_(table) {}

  /// Leaves `value` as it is where the file says nothing.
  Status Read(std::string_view key, std::string& value) const {
    const toml::node* const node = table_.get(key);
    if (node == nullptr) return {};
    const auto text = node->value_exact<std::string>();
    if (!text) return Wrong(file_, node->source(), FullName(key) + " must be a text in quotes");
    value = *text;
    return {};
  }

  Status Read(std::string_view key, int most, int& value) const {
    const toml::node* const node = table_.get(key);
    if (node == nullptr) return {};
    const auto number = node->value_exact<std::int64_t>();
    if (!number || *number < 1 || *number > most)
      return Wrong(file_, node->source(),
                   fmt::format("{} must be a number from 1 to {}", FullName(key), most));
    value = static_cast<int>(*number);
    return {};
  }

  Status RefuseOthers(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table_)
      if (std::ranges::find(known, key.str()) == known.end())
        return Wrong(file_, node.source(),
                     fmt::format("unknown key {}; known here are: {}", FullName(key.str()),
                                 fmt::join(known, ", ")));
    return {};
  }

 private:
  [[nodiscard]] std::string FullName(std::string_view key) const {
    return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  }

  std::string_view file_;
  std::string_view name_;
  const toml::table& table_;
};

Status ReadPostgres(std::string_view file, const toml::table& root, PostgresOptions& options) {
  const toml::node* const node = root.get("postgres");
  if (node == nullptr) return {};
  if (!node->is_table()) return Wrong(file, node->source(), "postgres must be a table [postgres]");
  const Section section(file, "postgres", *node->as_table());
  SNAPSHELF_RETURN_IF_ERROR(section.RefuseOthers(
      {"url", "connections", "statement_timeout_ms", "recover_wait_ms", "outcome_wait_ms"}));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("url", options.url));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("connections", kConnectionsMax, options.connections));
  SNAPSHELF_RETURN_IF_ERROR(
      section.Read("statement_timeout_ms", kWaitMsMax, options.statement_timeout_ms));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("recover_wait_ms", kWaitMsMax, options.recover_wait_ms));
  return section.Read("outcome_wait_ms", kWaitMsMax, options.outcome_wait_ms);
}

Result<Config> FromTable(std::string_view file, const toml::table& root) {
  const Section section(file, "", root);
  SNAPSHELF_RETURN_IF_ERROR(section.RefuseOthers({"products", "postgres"}));
  Config config;
  std::string products = "sqlite";
  SNAPSHELF_RETURN_IF_ERROR(section.Read("products", products));
  if (products != "sqlite" && products != "postgres")
    return Wrong(file, root.get("products")->source(),
                 fmt::format("products is \"{}\"; use \"sqlite\" or \"postgres\"", products));
  if (products == "postgres") config.products = Config::Products::kPostgres;
  SNAPSHELF_RETURN_IF_ERROR(ReadPostgres(file, root, config.postgres));
  if (config.products == Config::Products::kPostgres && config.postgres.url.empty())
    return Fail(Code::kInvalidArgument,
                fmt::format("{}: products = \"postgres\" needs its address: [postgres] url = "
                            "\"postgresql://user@host:5432/database\"",
                            file));
  return config;
}

}  // namespace

Result<Config> ParseConfig(std::string_view text, std::string_view name) {
  try {
    return FromTable(name, toml::parse(text));
  } catch (const toml::parse_error& error) {
    return Wrong(name, error.source(), error.description());
  }
}

Result<Config> ReadConfig(const std::filesystem::path& file) {
  const auto bytes = ReadFile(file);
  if (!bytes) return std::unexpected(bytes.error());
  return ParseConfig({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
}

}  // namespace snapshelf
