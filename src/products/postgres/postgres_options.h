#pragma once

#include <string>

namespace snapshelf {

/// How a server reaches the catalog in PostgreSQL.
struct PostgresOptions {
  /// postgresql://user:password@host:port/database?sslmode=verify-full, or what else libpq reads;
  /// several hosts are tried in turn. The password is never told in a message.
  std::string url;
  /// Reads at a time; one more connection writes. All servers together must stay below the
  /// database's max_connections.
  int connections = 8;
  /// For each statement, in the database and on the way there and back.
  int statement_timeout_ms = 30'000;
  /// How long a call waits for a database that restarts or hands over to another one.
  int recover_wait_ms = 5'000;
  /// How long a write waits whose connection was lost in the commit, to learn what became of it:
  /// long enough for a standby to take over.
  int outcome_wait_ms = 20'000;
};

}  // namespace snapshelf
