#include "products/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/check.h"
#include "base/log.h"

namespace snapshelf::sqlite {
namespace {

// Long enough for a checkpoint of another process, short enough for a waiting shopper to be told.
constexpr int kLockWaitMs = 5'000;

Code CodeOf(int code, int system_errno) {
  // A full tmpfs shows when the shared memory of the WAL cannot grow, as an I/O error.
  if (code == SQLITE_IOERR_SHMSIZE || system_errno == ENOSPC || system_errno == EDQUOT)
    return Code::kResourceExhausted;
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return Code::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorruption;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kUnavailable;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Code::kIoError;
    default:
      return Code::kInternal;
  }
}

std::string_view WhatToDo(Code code) {
  switch (code) {
    case Code::kResourceExhausted:
      return "; the disk is full: free space and try again";
    case Code::kCorruption:
      return "; restore the data folder from a backup, or import the catalog into a new one";
    case Code::kUnavailable:
      return "; another process writes to it: try again";
    case Code::kIoError:
      return "; check the disk and the rights of the data folder";
    default:
      return "";
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::Bind(std::int64_t value) {
  if (result_ == SQLITE_OK) result_ = sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::Bind(std::string_view value) {
  // An empty view may be a null pointer, which SQLite would take for NULL.
  const char* const text = value.empty() ? "" : value.data();
  if (result_ == SQLITE_OK)
    result_ = sqlite3_bind_text64(statement_, ++bound_, text, value.size(), SQLITE_TRANSIENT,
                                  SQLITE_UTF8);
  return *this;
}

Statement& Statement::Bind(std::span<const std::byte> value) {
  if (result_ == SQLITE_OK)
    result_ =
        sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::BindNull() {
  if (result_ == SQLITE_OK) result_ = sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Result<bool> Statement::Step() {
  if (result_ != SQLITE_OK) return connection_.Failure(result_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.Failure(code);
}

Status Statement::Run() {
  while (true) {
    const auto has_row = Step();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) return {};
  }
}

std::int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::Text(int column) const {
  const unsigned char* const text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::vector<std::byte> Statement::Blob(int column) const {
  const auto* const bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {bytes, bytes + sqlite3_column_bytes(statement_, column)};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::filesystem::path& path,
                                                     bool create) {
  std::error_code ignored;
  if (!create && !std::filesystem::exists(path, ignored))
    return Fail(
        Code::kNotFound,
        fmt::format("product database {}: there is none; import a catalog first", path.string()));
  std::unique_ptr<Connection> connection(new Connection(path));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (create ? SQLITE_OPEN_CREATE : 0);
  if (const int code =
          sqlite3_open_v2(path.c_str(), &connection->database_, flags, /*zVfs=*/nullptr);
      code != SQLITE_OK)
    return connection->Failure(code);
  sqlite3_busy_timeout(connection->database_, kLockWaitMs);
  SNAPSHELF_RETURN_IF_ERROR(connection->Execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"));
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  if (const int code = sqlite3_close(database_); code != SQLITE_OK)
    LogWarning("product database {}: close: {}", path_.string(), sqlite3_errstr(code));
}

Statement Connection::Query(std::string_view sql) const {
  if (const auto kept = statements_.find(sql); kept != statements_.end()) {
    SNAPSHELF_CHECK(sqlite3_stmt_busy(kept->second) == 0);
    return {*this, kept->second, SQLITE_OK};
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, /*pzTail=*/nullptr);
  if (code == SQLITE_OK) statements_.emplace(sql, statement);
  return {*this, statement, code};
}

Status Connection::Execute(const char* sql) const {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return {};
}

std::unexpected<Error> Connection::Failure(int code) const {
  const int system_errno = database_ == nullptr ? 0 : sqlite3_system_errno(database_);
  const bool is_io = (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN;
  const Code kind = CodeOf(code, is_io ? system_errno : 0);
  const char* const detail =
      database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_);
  return Fail(kind,
              fmt::format("product database {}: {}{}", path_.string(), detail, WhatToDo(kind)));
}

Result<std::unique_ptr<Transaction>> Transaction::Begin(const Connection& connection, Kind kind) {
  SNAPSHELF_RETURN_IF_ERROR(
      connection.Query(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN").Run());
  return std::unique_ptr<Transaction>(new Transaction(connection));
}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors; the failure of a second time means nothing.
  if (is_open_) static_cast<void>(connection_.Execute("ROLLBACK"));
}

Status Transaction::Commit() {
  SNAPSHELF_CHECK(is_open_);
  SNAPSHELF_RETURN_IF_ERROR(connection_.Query("COMMIT").Run());
  is_open_ = false;
  return {};
}

}  // namespace snapshelf::sqlite
