#include "products/sqlite/reader_pool.h"

namespace snapshelf::sqlite {

Result<ReaderPool::Borrowed> ReaderPool::Borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      Borrowed borrowed(*this, std::move(idle_.back()));
      idle_.pop_back();
      return borrowed;
    }
  }
  auto connection = Connection::Open(path_, /*create=*/false);
  if (!connection) return std::unexpected(std::move(connection).error());
  return Borrowed(*this, std::move(*connection));
}

void ReaderPool::GiveBack(std::unique_ptr<Connection> connection) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace snapshelf::sqlite
