#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "snapshelf/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace snapshelf::sqlite {

class Connection;

/// One run of a prepared statement. Values are bound in order, columns counted from 0.
///
///   Statement find = connection.Query("SELECT key FROM products WHERE id = ?");
///   find.Bind(id);
///   const auto has_row = find.Step();  // Result<bool>
///   if (has_row && *has_row) use(find.Int(0));
///
/// Lives shorter than its connection; while it lives, the same text must not be queried again.
class Statement {
 public:
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(std::int64_t value);
  Statement& Bind(std::string_view value);
  Statement& Bind(std::span<const std::byte> value);
  Statement& BindNull();

  /// Goes to the next row; false when there is none. Also reports why preparing or binding failed.
  Result<bool> Step();
  /// Steps to the end, for statements that change something.
  Status Run();

  [[nodiscard]] std::int64_t Int(int column) const;
  [[nodiscard]] std::string Text(int column) const;
  [[nodiscard]] std::vector<std::byte> Blob(int column) const;
  [[nodiscard]] bool IsNull(int column) const;

 private:
  friend class Connection;
  Statement(const Connection& connection, sqlite3_stmt* statement, int prepare_result)
      : connection_(connection), statement_(statement), result_(prepare_result) {}

  const Connection& connection_;
  sqlite3_stmt* statement_;  // null if preparing failed
  int result_;               // of preparing and binding
  int bound_ = 0;
};

/// A connection to one database file, in WAL mode with synchronous=FULL and foreign keys on.
/// Prepared statements are kept. Used by one thread at a time.
class Connection {
 public:
  /// errors: as Failure says; kNotFound without `create` if there is no file.
  static Result<std::unique_ptr<Connection>> Open(const std::filesystem::path& path, bool create);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] Statement Query(std::string_view sql) const;
  /// Runs statements that give no rows, separated by ";".
  Status Execute(const char* sql) const;

  /// The error of an SQLite result code: kResourceExhausted for a full disk, kCorruption for a
  /// damaged file, kUnavailable for a lock that did not come free, kIoError and kInternal for the
  /// rest; the message names the file and says what to do.
  [[nodiscard]] std::unexpected<Error> Failure(int code) const;

 private:
  explicit Connection(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  sqlite3* database_ = nullptr;
  mutable std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

/// BEGIN ... COMMIT; rolls back when it ends without Commit.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };

  /// kRead sees one snapshot and waits for nobody; kWrite takes the write lock at once.
  static Result<std::unique_ptr<Transaction>> Begin(const Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// On the disk when it returns; on an error nothing was written.
  Status Commit();

 private:
  explicit Transaction(const Connection& connection) : connection_(connection) {}
  const Connection& connection_;
  bool is_open_ = true;
};

}  // namespace snapshelf::sqlite
