#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "products/attribute_columns.h"
#include "products/postgres/pool.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// What filters look at, in the memory of this server, brought up to date before each use: a
/// product that another server has written is seen at once. That costs one small query, and reading
/// what has changed since the last time.
///
/// threads: safe.
class SharedAttributes {
 public:
  explicit SharedAttributes(Pool& pool) : pool_(pool) {}

  /// As of now. The first call reads everything: 30 bytes a product over the wire.
  [[nodiscard]] Result<std::shared_ptr<const AttributeColumns>> Current();

 private:
  /// Null if they have not seen that write.
  [[nodiscard]] std::shared_ptr<const AttributeColumns> IfCurrent(std::int64_t number) const;
  Status CatchUp(Connection& connection, std::int64_t number);

  Pool& pool_;
  std::mutex update_mutex_;  ///< held by the one that brings up to date
  mutable std::mutex mutex_;
  std::shared_ptr<AttributeColumns> columns_;  // under mutex_; null before the first call
  std::int64_t number_ = 0;                    // under mutex_; of the last write that it has seen
};

/// Forgets removals that no server needs that looked within the last writes; part of write
/// `number`. Servers that did not look for that long read everything anew.
Status ForgetOldWrites(Connection& connection, std::int64_t number);

}  // namespace snapshelf::postgres
