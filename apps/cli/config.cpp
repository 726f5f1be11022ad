#include "cli/config.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "cli/config_section.h"
#include "cli/files.h"

namespace snapshelf {
namespace {

constexpr int kConnectionsMax = 1'000;
constexpr int kReplicasMax = 100;
constexpr int kPartitionsMax = 1'024;  // Milvus 2.3 has at most 4,096 of all collections
constexpr int kWaitMsMax = 3'600'000;

// In the order of their enums.
constexpr auto kProductsNames = std::to_array<std::string_view>({"sqlite", "postgres"});
constexpr auto kVectorsNames = std::to_array<std::string_view>({"embedded", "milvus"});

/// A key that stands for an option of the command line.
struct OptionKey {
  std::string_view section;
  std::string_view key;
  const char* option;
  const char* environment;
};

constexpr std::array<OptionKey, 17> kOptionKeys = {{
    {"", "data", "--data", "SNAPSHELF_DATA"},
    {"", "models", "--models", "SNAPSHELF_MODELS"},
    {"", "detector", "--detector", ""},
    {"", "embedder", "--embedder", ""},
    {"embedded", "index", "--index", ""},
    {"embedded", "reach", "--reach", ""},
    {"embedded", "window", "--window", ""},
    {"embedded", "memory_gb", "--index-memory", ""},
    {"server", "host", "--host", ""},
    {"server", "port", "--port", ""},
    {"server", "web", "--web", ""},
    {"server", "workers", "--workers", ""},
    {"server", "queue", "--queue", ""},
    {"server", "import_root", "--import-root", ""},
    {"server", "picture_hosts", "--picture-hosts", ""},
    {"server", "allow_origins", "--allow-origin", ""},
    {"server", "otlp_endpoint", "--otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"},
}};

/// Reads the keys of `name` that stand for options; the rest of `known` is for the caller.
Status ReadOptions(const ConfigSection& section, std::string_view name,
                   std::vector<std::string_view> known, Config& config) {
  for (const OptionKey& one : kOptionKeys) {
    if (one.section != name) continue;
    known.push_back(one.key);
    std::vector<std::string> words;
    SNAPSHELF_RETURN_IF_ERROR(section.ReadWords(one.key, words));
    if (!words.empty())
      config.options.push_back({.option = one.option,
                                .environment = one.environment,
                                .values = std::move(words),
                                .where = section.Where(one.key)});
  }
  return section.RefuseOthers(known);
}

Status ReadPostgres(const ConfigSection& section, PostgresOptions& options) {
  constexpr auto kKnown = std::to_array<std::string_view>(
      {"url", "connections", "statement_timeout_ms", "recover_wait_ms", "outcome_wait_ms"});
  SNAPSHELF_RETURN_IF_ERROR(section.RefuseOthers(kKnown));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("url", options.url));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("connections", kConnectionsMax, options.connections));
  SNAPSHELF_RETURN_IF_ERROR(
      section.Read("statement_timeout_ms", kWaitMsMax, options.statement_timeout_ms));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("recover_wait_ms", kWaitMsMax, options.recover_wait_ms));
  return section.Read("outcome_wait_ms", kWaitMsMax, options.outcome_wait_ms);
}

Status ReadMilvus(const ConfigSection& section, MilvusOptions& milvus) {
  constexpr auto kKnown = std::to_array<std::string_view>(
      {"endpoints", "user", "password", "ca_file", "database", "collection", "index", "consistency",
       "replicas", "partitions", "attempt_ms", "deadline_ms", "setup_deadline_ms"});
  SNAPSHELF_RETURN_IF_ERROR(section.RefuseOthers(kKnown));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("endpoints", milvus.endpoints));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("user", milvus.user));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("password", milvus.password));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("ca_file", milvus.ca_file));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("database", milvus.database));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("collection", milvus.collection));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("index", MilvusIndexNames(), milvus.index.type));
  SNAPSHELF_RETURN_IF_ERROR(
      section.Read("consistency", MilvusConsistencyNames(), milvus.consistency));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("replicas", kReplicasMax, milvus.replicas));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("partitions", kPartitionsMax, milvus.partitions));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("attempt_ms", kWaitMsMax, milvus.attempt_ms));
  SNAPSHELF_RETURN_IF_ERROR(section.Read("deadline_ms", kWaitMsMax, milvus.deadline_ms));
  SNAPSHELF_RETURN_IF_ERROR(
      section.Read("setup_deadline_ms", kWaitMsMax, milvus.setup_deadline_ms));
  if (!milvus.password.empty() && milvus.user.empty())
    return section.Wrong("password", "needs milvus.user beside it");
  if (milvus.attempt_ms > milvus.deadline_ms)
    return section.Wrong("attempt_ms", "is longer than milvus.deadline_ms, the time of all tries");
  return {};
}

/// The table [name], which belongs to `key` = `value`: it makes no sense when that is not chosen.
Result<std::unique_ptr<ConfigSection>> TableOf(const ConfigSection& root, std::string_view name,
                                               std::string_view key, std::string_view chosen) {
  auto table = root.Table(name);
  if (table && *table != nullptr && chosen != name)
    return root.Wrong(name,
                      fmt::format("is for {0} = \"{1}\", but {0} is \"{2}\"", key, name, chosen));
  return table;
}

Status ReadStores(const ConfigSection& root, Config& config) {
  SNAPSHELF_RETURN_IF_ERROR(root.Read("products", kProductsNames, config.products));
  SNAPSHELF_RETURN_IF_ERROR(root.Read("vectors", kVectorsNames, config.vectors));
  const std::string_view products = kProductsNames.at(static_cast<std::size_t>(config.products));
  const std::string_view vectors = kVectorsNames.at(static_cast<std::size_t>(config.vectors));

  const auto embedded = TableOf(root, "embedded", "vectors", vectors);
  if (!embedded) return std::unexpected(embedded.error());
  if (*embedded != nullptr)
    SNAPSHELF_RETURN_IF_ERROR(ReadOptions(**embedded, "embedded", {}, config));
  const auto milvus = TableOf(root, "milvus", "vectors", vectors);
  if (!milvus) return std::unexpected(milvus.error());
  if (*milvus != nullptr) SNAPSHELF_RETURN_IF_ERROR(ReadMilvus(**milvus, config.milvus));
  const auto postgres = TableOf(root, "postgres", "products", products);
  if (!postgres) return std::unexpected(postgres.error());
  if (*postgres != nullptr) SNAPSHELF_RETURN_IF_ERROR(ReadPostgres(**postgres, config.postgres));
  if (config.products == Config::Products::kPostgres && config.postgres.url.empty())
    return root.Wrong("products",
                      "= \"postgres\" needs its address: [postgres] url = "
                      "\"postgresql://user@host:5432/database\"");
  return {};
}

}  // namespace

Result<Config> ParseConfig(std::string_view text, std::string_view name) {
  const auto root = ConfigSection::Parse(text, name);
  if (!root) return std::unexpected(root.error());
  Config config;
  SNAPSHELF_RETURN_IF_ERROR(ReadOptions(
      *root, "", {"vectors", "products", "embedded", "milvus", "postgres", "server"}, config));
  SNAPSHELF_RETURN_IF_ERROR(ReadStores(*root, config));
  const auto server = root->Table("server");
  if (!server) return std::unexpected(server.error());
  if (*server != nullptr) SNAPSHELF_RETURN_IF_ERROR(ReadOptions(**server, "server", {}, config));
  return config;
}

Result<Config> ReadConfig(const std::filesystem::path& file) {
  const auto bytes = ReadBytes(file);
  if (!bytes) return std::unexpected(bytes.error());
  return ParseConfig({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
}

}  // namespace snapshelf
