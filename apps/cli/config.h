#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "products/postgres/postgres_options.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What a shop consists of: the file of --config. Without one, everything lies in the data folder.
///
///   products = "postgres"           # or "sqlite", the default
///
///   [postgres]
///   url = "postgresql://shop@db.example:5432/catalog"
///   connections = 8
///   statement_timeout_ms = 30000
///   recover_wait_ms = 5000
///   outcome_wait_ms = 20000
struct Config {
  enum class Products : std::uint8_t { kSqlite, kPostgres };

  Products products = Products::kSqlite;
  PostgresOptions postgres;
};

/// Reads the text of a file in TOML; `name` stands before each message.
///
/// errors: kInvalidArgument names the line of what is no TOML, the key that is unknown, and the one
/// whose value is of the wrong kind. No message repeats an address: it may hold a password.
[[nodiscard]] Result<Config> ParseConfig(std::string_view text, std::string_view name);

/// errors: those of ParseConfig; kNotFound.
[[nodiscard]] Result<Config> ReadConfig(const std::filesystem::path& file);

}  // namespace snapshelf
