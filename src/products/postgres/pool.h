#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "products/postgres/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// Connections for reads and other calls that may be done twice, opened when needed and kept.
///
/// threads: safe.
class Pool {
 public:
  explicit Pool(PostgresOptions options) : options_(std::move(options)) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs `call(connection)`, which gives a Result. If the connection is lost meanwhile, runs it
  /// again on a new one, once and then for at most recover_wait_ms: `call` must bear that.
  template <class Function>
  std::invoke_result_t<Function, Connection&> Run(const Function& call) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.recover_wait_ms);
    for (int attempt = 0;; ++attempt) {
      const auto borrowed = Borrow();
      if (!borrowed) return std::unexpected(borrowed.error());
      auto result = call(**borrowed);
      if (result || !borrowed->get()->IsLost()) return result;
      ForgetIdle();
      if (result.error().code == Code::kDeadlineExceeded) return result;
      if (attempt > 0 && std::chrono::steady_clock::now() >= end) return result;
    }
  }

  [[nodiscard]] const PostgresOptions& options() const { return options_; }

 private:
  struct GiveBack {
    Pool* pool;
    void operator()(Connection* connection) const { pool->Return(connection); }
  };
  /// Goes back to the pool at the end of its scope.
  using Borrowed = std::unique_ptr<Connection, GiveBack>;

  /// errors: kUnavailable if all are in use for too long, or there is no new one.
  Result<Borrowed> Borrow();
  void Return(Connection* connection);
  /// After a restart of the server all kept connections are dead, and where one fell silent the
  /// others have, too.
  void ForgetIdle();

  const PostgresOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  int in_use_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace snapshelf::postgres
