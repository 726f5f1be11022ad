#include "products/postgres/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/check.h"
#include "products/postgres/failure.h"

namespace snapshelf::postgres {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// For one host; an address may set it otherwise.
constexpr const char* kConnectTimeoutSeconds = "5";
// What the network may add to the time that the database itself allows a statement.
constexpr milliseconds kNetworkTime{2'000};
// What was sent and is not acknowledged for so long is lost with its connection.
constexpr const char* kSilenceMilliseconds = "15000";
constexpr milliseconds kFirstPause{20};
constexpr milliseconds kLongestPause{500};

// The server ends a transaction whose client fell silent, since it keeps all other writers out, and
// notices within half a minute that a client's machine is gone. Who waits for another writer is
// told so, before the time for a statement is over.
constexpr std::string_view kSessionSettings =
    "SET client_encoding = 'UTF8'; SET search_path = snapshelf; SET synchronous_commit = on;"
    " SET idle_in_transaction_session_timeout = '60s'; SET tcp_keepalives_idle = 10;"
    " SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET client_min_messages = warning; SET statement_timeout = {}; SET lock_timeout = {}";

void Ignore(void* /*unused*/, const PGresult* /*notice*/) {}

std::string_view FieldOf(const pg_result* result, int field) {
  const char* const text = PQresultErrorField(result, field);
  return text == nullptr ? std::string_view() : text;
}

/// The keywords of a connection: what the address does not say is as here.
struct Keywords {
  explicit Keywords(const PostgresOptions& options)
      : values{kConnectTimeoutSeconds, "snapshelf",         "10",   "5", "3",
               kSilenceMilliseconds,   options.url.c_str(), nullptr} {}
  // The last but one is the address, which wins over those before it.
  static constexpr std::array<const char*, 8> kNames = {
      "connect_timeout",  "application_name", "keepalives_idle", "keepalives_interval",
      "keepalives_count", "tcp_user_timeout", "dbname",          nullptr};
  std::array<const char*, 8> values;
};

}  // namespace

Rows::Rows(std::shared_ptr<pg_result> result)
    : result_(std::move(result)), size_(PQntuples(result_.get())) {}

std::string_view Rows::Bytes(int row, int column) const {
  SNAPSHELF_CHECK(row < size_ && column < PQnfields(result_.get()));
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

bool Rows::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t Rows::Int(int row, int column) const {
  return ReadInteger(Bytes(row, column));
}

std::string Rows::Text(int row, int column) const {
  return std::string(Bytes(row, column));
}

std::vector<std::byte> Rows::Blob(int row, int column) const {
  const std::string_view bytes = Bytes(row, column);
  const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

std::vector<std::int64_t> Rows::Ints(int row, int column) const {
  std::vector<std::int64_t> values;
  for (const std::string_view bytes : ReadArray(Bytes(row, column)))
    values.push_back(ReadInteger(bytes));
  return values;
}

std::vector<std::string_view> Rows::Texts(int row, int column) const {
  return ReadArray(Bytes(row, column));
}

Connection::Connection(pg_conn* connection, std::string name, milliseconds timeout)
    : connection_(connection), name_(std::move(name)), timeout_(timeout + kNetworkTime) {}

Connection::~Connection() {
  PQfinish(connection_);
}

Result<std::unique_ptr<Connection>> Connection::OpenOnce(const PostgresOptions& options,
                                                         bool& may_recover) {
  may_recover = false;
  auto name = NameOf(options.url);
  if (!name) return std::unexpected(std::move(name).error());
  const Keywords keywords(options);
  std::unique_ptr<Connection> connection(
      new Connection(PQconnectdbParams(Keywords::kNames.data(), keywords.values.data(), 1),
                     std::move(*name), milliseconds(options.statement_timeout_ms)));
  pg_conn* const raw = connection->connection_;
  if (PQstatus(raw) != CONNECTION_OK) {
    // A server that takes connections, only not this one: a wrong password, an unknown database.
    may_recover = PQpingParams(Keywords::kNames.data(), keywords.values.data(), 1) != PQPING_OK;
    return Fail(Code::kUnavailable, fmt::format("PostgreSQL {}: {}", connection->name_,
                                                WithoutSecrets(PQerrorMessage(raw), options.url)));
  }
  PQsetNoticeReceiver(raw, Ignore, nullptr);
  may_recover = true;
  if (PQsetnonblocking(raw, 1) != 0)
    return connection->Lost(Code::kUnavailable, "it cannot be made non-blocking");
  SNAPSHELF_RETURN_IF_ERROR(connection->Execute(
      fmt::format(kSessionSettings, options.statement_timeout_ms, options.statement_timeout_ms / 2)
          .c_str()));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::Open(const PostgresOptions& options) {
  bool ignored = false;
  return OpenOnce(options, ignored);
}

Result<std::unique_ptr<Connection>> Connection::OpenWithin(const PostgresOptions& options,
                                                           milliseconds wait) {
  const auto end = Clock::now() + wait;
  // A server may come back between a failed attempt and the look at whether it is there: only the
  // second failure beside a server that takes connections is its answer.
  int refused = 0;
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    bool may_recover = false;
    auto connection = OpenOnce(options, may_recover);
    refused = may_recover ? 0 : refused + 1;
    if (connection || refused > 1 || Clock::now() + pause > end) return connection;
    std::this_thread::sleep_for(pause);
  }
}

std::unexpected<Error> Connection::Lost(Code code, std::string_view reason) {
  is_lost_ = true;
  return Fail(code, fmt::format("PostgreSQL {}: {}", name_, reason));
}

std::unexpected<Error> Connection::Failure(const pg_result* result) {
  const std::string_view sqlstate = FieldOf(result, PG_DIAG_SQLSTATE);
  if (PQstatus(connection_) == CONNECTION_BAD || EndsConnection(sqlstate)) is_lost_ = true;
  // libpq's own errors have no SQLSTATE; they are those of the network.
  if (sqlstate.empty())
    return Lost(Code::kUnavailable,
                "the connection was lost: " + WithoutSecrets(PQerrorMessage(connection_), ""));
  return std::unexpected(MakeError(name_, sqlstate, FieldOf(result, PG_DIAG_MESSAGE_PRIMARY)));
}

/// Until libpq has a result, sending what is left to send meanwhile.
Status Connection::AwaitInput() {
  const auto end = Clock::now() + timeout_;
  while (true) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return Failure(nullptr);
    if (unsent == 0 && PQisBusy(connection_) == 0) return {};
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    pollfd socket{.fd = PQsocket(connection_),
                  .events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                  .revents = 0};
    const int ready = left.count() <= 0 ? 0 : poll(&socket, 1, static_cast<int>(left.count()));
    if (ready == 0)
      return Lost(Code::kDeadlineExceeded, fmt::format("no answer within {} ms", timeout_.count()));
    if (ready < 0 && errno != EINTR) return Lost(Code::kUnavailable, std::strerror(errno));
    if (PQconsumeInput(connection_) == 0) return Failure(nullptr);
  }
}

/// The result of what was just sent; of several, the first failure or else the last one.
Result<std::shared_ptr<pg_result>> Connection::Await(int was_sent) {
  if (was_sent == 0) return Failure(nullptr);
  std::shared_ptr<pg_result> kept;
  while (true) {
    SNAPSHELF_RETURN_IF_ERROR(AwaitInput());
    const std::shared_ptr<pg_result> result(PQgetResult(connection_), PQclear);
    if (!result) break;
    const bool has_failed = kept && PQresultStatus(kept.get()) == PGRES_FATAL_ERROR;
    if (!has_failed) kept = result;
  }
  if (!kept || PQresultStatus(kept.get()) == PGRES_FATAL_ERROR) return Failure(kept.get());
  return kept;
}

Result<Rows> Connection::Run(std::string_view sql, const Parameters& parameters) {
  SNAPSHELF_CHECK(!is_lost_);
  const int count = static_cast<int>(parameters.values().size());
  auto statement = statements_.find(sql);
  if (statement == statements_.end()) {
    const std::string name = fmt::format("s{}", statements_.size());
    const auto prepared = Await(PQsendPrepare(connection_, name.c_str(), std::string(sql).c_str(),
                                              count, parameters.types().data()));
    if (!prepared) return std::unexpected(prepared.error());
    statement = statements_.emplace(sql, name).first;
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& value : parameters.values()) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> binary(parameters.values().size(), 1);
  auto result =
      Await(PQsendQueryPrepared(connection_, statement->second.c_str(), count, values.data(),
                                lengths.data(), binary.data(), /*resultFormat=*/1));
  if (!result) return std::unexpected(std::move(result).error());
  return Rows(std::move(*result));
}

Status Connection::Execute(const char* sql) {
  SNAPSHELF_CHECK(!is_lost_);
  const auto result = Await(PQsendQuery(connection_, sql));
  if (!result) return std::unexpected(result.error());
  return {};
}

bool Connection::IsIdle() const {
  return !is_lost_ && PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

Status Connection::SetUnhurried() {
  timeout_ = std::chrono::hours(24);
  return Execute("SET statement_timeout = 0");
}

Result<std::unique_ptr<Transaction>> Transaction::Begin(Connection& connection, Kind kind) {
  SNAPSHELF_RETURN_IF_ERROR(connection.Execute(
      kind == Kind::kWrite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  return std::unique_ptr<Transaction>(new Transaction(connection));
}

Transaction::~Transaction() {
  // If that fails, the connection is not idle, and is not used again.
  if (is_open_ && !connection_.IsLost()) static_cast<void>(connection_.Execute("ROLLBACK"));
}

Status Transaction::Commit() {
  SNAPSHELF_CHECK(is_open_);
  is_open_ = false;
  return connection_.Execute("COMMIT");
}

}  // namespace snapshelf::postgres
