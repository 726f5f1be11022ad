#include "products/postgres/pool.h"

#include <fmt/format.h>

namespace snapshelf::postgres {

Result<Pool::Borrowed> Pool::Borrow() {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(mutex_);
    const auto timeout = std::chrono::milliseconds(options_.statement_timeout_ms);
    if (!returned_.wait_for(lock, timeout, [this] { return in_use_ < options_.connections; }))
      return Fail(Code::kUnavailable,
                  fmt::format("PostgreSQL: all {} connections are in use; raise their number",
                              options_.connections));
    ++in_use_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection != nullptr) return Borrowed(connection.release(), {this});
  auto opened =
      Connection::OpenWithin(options_, std::chrono::milliseconds(options_.recover_wait_ms));
  if (opened) return Borrowed(opened->release(), {this});
  Return(nullptr);
  return std::unexpected(std::move(opened).error());
}

void Pool::Return(Connection* connection) {
  std::unique_ptr<Connection> owned(connection);
  if (owned != nullptr && !owned->IsIdle()) owned.reset();
  {
    const std::scoped_lock lock(mutex_);
    --in_use_;
    if (owned != nullptr) idle_.push_back(std::move(owned));
  }
  returned_.notify_one();
}

void Pool::ForgetIdle() {
  std::vector<std::unique_ptr<Connection>> forgotten;
  const std::scoped_lock lock(mutex_);
  forgotten.swap(idle_);
}

}  // namespace snapshelf::postgres
