#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "products/postgres/postgres_options.h"
#include "search/milvus/milvus_options.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A setting that the command line has an option for, which wins over it.
struct FileOption {
  std::string option;               ///< "--port"
  std::string environment;          ///< a variable that wins over the file too; may be empty
  std::vector<std::string> values;  ///< as they would stand on the command line
  std::string where;                ///< "shop.toml:7: server.port", before a message about it
};

/// What a shop consists of: the file of --config (docs/operations.md has all of its keys). Without
/// one, everything lies in the data folder.
///
///   vectors = "embedded"            # or "milvus"
///   products = "postgres"           # or "sqlite"
///
///   [postgres]
///   url = "postgresql://shop@db.example:5432/catalog"
struct Config {
  enum class Vectors : std::uint8_t { kEmbedded, kMilvus };
  enum class Products : std::uint8_t { kSqlite, kPostgres };

  Vectors vectors = Vectors::kEmbedded;
  Products products = Products::kSqlite;
  PostgresOptions postgres;
  MilvusOptions milvus;  ///< without dim, model and metrics, and with the collection's base name
  std::vector<FileOption> options;
};

/// Reads the text of a file in TOML; `name` stands before each message.
///
/// errors: kInvalidArgument names file, line and key of what is no TOML, unknown, of the wrong
/// kind, or at odds with another key. No message repeats an address: it may hold a password.
[[nodiscard]] Result<Config> ParseConfig(std::string_view text, std::string_view name);

/// errors: those of ParseConfig; kNotFound.
[[nodiscard]] Result<Config> ReadConfig(const std::filesystem::path& file);

}  // namespace snapshelf
