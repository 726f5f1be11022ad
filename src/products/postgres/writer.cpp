#include "products/postgres/writer.h"

#include <fmt/format.h>

#include <random>

#include "base/check.h"
#include "base/log.h"
#include "products/postgres/schema.h"

namespace snapshelf::postgres {
namespace {

using std::chrono::milliseconds;

std::int64_t RandomToken() {
  std::random_device device;
  return static_cast<std::int64_t>((std::uint64_t{device()} << 32U) | device());
}

}  // namespace

Status Writer::Connect() {
  if (connection_ != nullptr) return {};
  auto connection = Connection::OpenWithin(options_, milliseconds(options_.recover_wait_ms));
  if (!connection) return std::unexpected(std::move(connection).error());
  connection_ = std::move(*connection);
  return {};
}

void Writer::NoteLoss() {
  if (connection_ == nullptr || connection_->IsIdle()) return;
  connection_.reset();
  if (lease_ == Lease::kHeld) lease_ = Lease::kBroken;
}

Status Writer::CheckLease() const {
  if (lease_ != Lease::kBroken) return {};
  return Fail(Code::kUnavailable,
              "PostgreSQL: the connection was lost in the middle of a change; do it again");
}

Status Writer::LockSession() {
  SNAPSHELF_RETURN_IF_ERROR(Connect());
  const auto locked =
      connection_->Run("SELECT pg_advisory_lock($1)", Parameters().Add(kWriterLock));
  if (!locked) return std::unexpected(locked.error());
  lease_ = Lease::kHeld;
  return {};
}

Status Writer::Lock() {
  const std::scoped_lock lock(mutex_);
  SNAPSHELF_CHECK(lease_ == Lease::kNone);
  Status locked = LockSession();
  if (!locked && connection_ != nullptr && connection_->IsLost()) {
    connection_.reset();
    locked = LockSession();
  }
  NoteLoss();
  return locked;
}

void Writer::Unlock() {
  const std::scoped_lock lock(mutex_);
  // A connection that ends gives its locks back too.
  if (connection_ != nullptr && lease_ == Lease::kHeld &&
      !connection_->Run("SELECT pg_advisory_unlock($1)", Parameters().Add(kWriterLock)))
    connection_.reset();
  lease_ = Lease::kNone;
}

/// Also takes the lock that keeps other writers out until the transaction ends.
Result<Writer::Mark> Writer::TakeNumber() {
  const auto locked =
      connection_->Run("SELECT pg_advisory_xact_lock($1)", Parameters().Add(kWriterLock));
  if (!locked) return std::unexpected(locked.error());
  const auto number =
      connection_->Run("UPDATE counters SET next = next + 1 WHERE name = 'write' RETURNING next");
  if (!number) return std::unexpected(number.error());
  if (number->size() != 1) return Fail(Code::kCorruption, "PostgreSQL: the counters are missing");
  const Mark mark{.number = number->Int(0, 0), .token = RandomToken()};
  const auto noted = connection_->Run("INSERT INTO writes(number, token) VALUES($1, $2)",
                                      Parameters().Add(mark.number).Add(mark.token));
  if (!noted) return std::unexpected(noted.error());
  return mark;
}

Status Writer::WriteOnce(const Change& change, const std::function<Status()>& before_commit,
                         Stage& stage) {
  stage = Stage::kConnecting;
  SNAPSHELF_RETURN_IF_ERROR(Connect());
  stage = Stage::kChanging;
  auto transaction = Transaction::Begin(*connection_, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(std::move(transaction).error());
  const auto mark = TakeNumber();
  if (!mark) return std::unexpected(mark.error());
  SNAPSHELF_RETURN_IF_ERROR(change(*connection_, mark->number));
  stage = Stage::kHandedOn;
  if (before_commit) SNAPSHELF_RETURN_IF_ERROR(before_commit());
  stage = Stage::kCommitting;
  Status committed = (*transaction)->Commit();
  if (committed || !connection_->IsLost()) return committed;
  transaction->reset();
  NoteLoss();
  return WasCommitted(*mark, committed.error());
}

Status Writer::WasCommitted(const Mark& mark, const Error& loss) {
  LogWarning("{}; asking what became of the write", loss.message);
  const auto ask = [&]() -> Result<bool> {
    auto connection = Connection::OpenWithin(options_, milliseconds(options_.outcome_wait_ms));
    if (!connection) return std::unexpected(std::move(connection).error());
    // The lock comes free when the server has ended the lost transaction, in one way or the other.
    const auto transaction = Transaction::Begin(**connection, Transaction::Kind::kWrite);
    if (!transaction) return std::unexpected(transaction.error());
    const auto locked =
        (*connection)->Run("SELECT pg_advisory_xact_lock($1)", Parameters().Add(kWriterLock));
    if (!locked) return std::unexpected(locked.error());
    const auto found = (*connection)
                           ->Run("SELECT 1 FROM writes WHERE number = $1 AND token = $2",
                                 Parameters().Add(mark.number).Add(mark.token));
    if (!found) return std::unexpected(found.error());
    return found->size() == 1;
  };
  const auto was_committed = ask();
  if (!was_committed)
    return Fail(Code::kDeadlineExceeded,
                fmt::format("{}; it is not known whether the change was taken: look, and do it "
                            "again if it was not",
                            loss.message));
  if (*was_committed) return {};
  return Fail(Code::kUnavailable, loss.message + "; nothing was written: do it again");
}

Status Writer::Write(const Change& change, const std::function<Status()>& before_commit) {
  const std::scoped_lock lock(mutex_);
  const auto end = std::chrono::steady_clock::now() + milliseconds(options_.recover_wait_ms);
  for (int attempt = 0;; ++attempt) {
    SNAPSHELF_RETURN_IF_ERROR(CheckLease());
    Stage stage = Stage::kConnecting;
    Status done = WriteOnce(change, before_commit, stage);
    const bool was_lost = connection_ != nullptr && connection_->IsLost();
    NoteLoss();
    if (done) return done;
    if (stage == Stage::kChanging && was_lost &&
        (attempt == 0 || std::chrono::steady_clock::now() < end))
      continue;
    // kDeadlineExceeded says that nobody knows, which is true of a commit alone.
    if (stage < Stage::kHandedOn && done.error().code == Code::kDeadlineExceeded)
      done.error().code = Code::kUnavailable;
    return done;
  }
}

}  // namespace snapshelf::postgres
