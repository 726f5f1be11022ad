#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "products/postgres/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// Writes of this process to the catalog, one after the other and never at the same time as those
/// of another server: an advisory lock of the database keeps writers apart. So the numbers of
/// writes are in the order of their commits, and who has seen number n has seen all before it.
///
/// threads: safe.
class Writer {
 public:
  explicit Writer(PostgresOptions options) : options_(std::move(options)) {}

  /// Changes rows; `number` is that of this write. Runs again if the connection is lost.
  using Change = std::function<Status(Connection&, std::int64_t number)>;

  /// Runs `change`, then `before_commit` (may be null), in one transaction.
  ///
  /// If the connection is lost before `before_commit` was called, all is done again, once and then
  /// for at most recover_wait_ms. If it is lost in the commit, the database is asked what became of
  /// it. errors: kDeadlineExceeded if it cannot tell: the write may have been taken or not; for all
  /// others nothing was written.
  Status Write(const Change& change, const std::function<Status()>& before_commit = nullptr);

  /// Keeps other servers out until Unlock, across several writes. One lock of a process at a time.
  Status Lock();
  void Unlock();

 private:
  enum class Lease : std::uint8_t { kNone, kHeld, kBroken };
  /// How far a write came.
  enum class Stage : std::uint8_t { kConnecting, kChanging, kHandedOn, kCommitting };
  /// Names one write among all.
  struct Mark {
    std::int64_t number = 0;
    std::int64_t token = 0;
  };

  Status Connect();
  Status CheckLease() const;
  Status LockSession();
  Status WriteOnce(const Change& change, const std::function<Status()>& before_commit,
                   Stage& stage);
  Result<Mark> TakeNumber();
  Status WasCommitted(const Mark& mark, const Error& loss);
  void NoteLoss();

  const PostgresOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;  // under mutex_, null when lost
  Lease lease_ = Lease::kNone;              // under mutex_
};

}  // namespace snapshelf::postgres
