#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "products/postgres/parameters.h"
#include "products/postgres/postgres_options.h"
#include "snapshelf/result.h"

struct pg_conn;
struct pg_result;

namespace snapshelf::postgres {

/// What a statement gave: rows and columns counted from 0. Owns its memory.
class Rows {
 public:
  explicit Rows(std::shared_ptr<pg_result> result);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool IsNull(int row, int column) const;
  [[nodiscard]] std::int64_t Int(int row, int column) const;
  [[nodiscard]] std::string Text(int row, int column) const;
  [[nodiscard]] std::vector<std::byte> Blob(int row, int column) const;
  /// Arrays; empty for NULL. The views live as long as the rows.
  [[nodiscard]] std::vector<std::int64_t> Ints(int row, int column) const;
  [[nodiscard]] std::vector<std::string_view> Texts(int row, int column) const;

 private:
  [[nodiscard]] std::string_view Bytes(int row, int column) const;
  std::shared_ptr<pg_result> result_;
  int size_ = 0;
};

/// A connection to the database, with prepared statements kept and a deadline on every call: also
/// on one to a server that takes what it is sent and never answers.
///
/// Used by one thread at a time.
class Connection {
 public:
  /// One attempt. errors: kInvalidArgument for an address that cannot be read; kUnavailable names
  /// host and port and says why.
  static Result<std::unique_ptr<Connection>> Open(const PostgresOptions& options);
  /// Tries again, for at most `wait`, while the server does not answer or is starting; a wrong
  /// password is told at once.
  static Result<std::unique_ptr<Connection>> OpenWithin(const PostgresOptions& options,
                                                        std::chrono::milliseconds wait);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares `sql` at its first use. errors: as MakeError says.
  Result<Rows> Run(std::string_view sql, const Parameters& parameters = {});
  /// Runs statements that give no rows, separated by ";".
  Status Execute(const char* sql);

  /// No statement can be run any more: the server went away, or did not answer in time.
  [[nodiscard]] bool IsLost() const { return is_lost_; }
  /// Neither lost nor inside a transaction.
  [[nodiscard]] bool IsIdle() const;
  /// "user@host:port/database", for messages.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// For statements that read everything: as long as they need, however long that is.
  Status SetUnhurried();

 private:
  Connection(pg_conn* connection, std::string name, std::chrono::milliseconds timeout);
  static Result<std::unique_ptr<Connection>> OpenOnce(const PostgresOptions& options,
                                                      bool& may_recover);
  Result<std::shared_ptr<pg_result>> Await(int was_sent);
  Status AwaitInput();
  [[nodiscard]] std::unexpected<Error> Failure(const pg_result* result);
  [[nodiscard]] std::unexpected<Error> Lost(Code code, std::string_view reason);

  pg_conn* connection_;
  std::string name_;
  std::chrono::milliseconds timeout_;
  bool is_lost_ = false;
  std::map<std::string, std::string, std::less<>> statements_;  ///< name by text
};

/// BEGIN ... COMMIT; rolls back when it ends without Commit.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    kRead,   ///< one snapshot for all its statements
    kWrite,  ///< every statement sees what was committed before it
  };
  static Result<std::unique_ptr<Transaction>> Begin(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Durable when it returns. On an error nothing was written, unless the connection is lost: then
  /// nobody knows.
  Status Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  Connection& connection_;
  bool is_open_ = true;
};

}  // namespace snapshelf::postgres
