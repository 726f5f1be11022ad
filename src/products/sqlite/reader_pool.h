#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "products/sqlite/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::sqlite {

/// Connections for readers, opened when all others are in use, so that no reader waits for another
/// one. There are as many as threads that ever read at the same time.
///
/// Owned by the store. threads: safe.
class ReaderPool {
 public:
  explicit ReaderPool(std::filesystem::path path) : path_(std::move(path)) {}

  /// Goes back to the pool at the end of its scope.
  class Borrowed {
   public:
    Borrowed(ReaderPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Borrowed(Borrowed&&) = default;
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    const Connection& operator*() const { return *connection_; }
    const Connection* operator->() const { return connection_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  [[nodiscard]] Result<Borrowed> Borrow();

 private:
  void GiveBack(std::unique_ptr<Connection> connection);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace snapshelf::sqlite
