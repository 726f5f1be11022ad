#pragma once

#include <cstdint>
#include <string_view>

#include "products/product.h"
#include "products/sqlite/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::sqlite {

/// Gives out product keys and picture ids that are never used again, also not after a write that
/// failed or was cut off: its vectors may already be in the index under them. SQLite's
/// AUTOINCREMENT would roll back with the write. So blocks of numbers are reserved beforehand, each
/// in a transaction of its own; a restart leaves at most one block unused.
///
/// Owned by the store and used under its writer lock.
class KeyBlocks {
 public:
  /// Makes sure that so many numbers can be taken. Not inside a transaction.
  Status Reserve(const Connection& writer, std::uint64_t products, std::uint64_t pictures);

  ProductKey TakeProductKey() { return Take(products_); }
  PictureId TakePictureId() { return Take(pictures_); }

 private:
  struct Block {
    std::uint64_t next = 0;
    std::uint64_t end = 0;  ///< the first number that is not reserved
  };
  static Status ReserveOne(const Connection& writer, std::string_view name, std::uint64_t count,
                           Block& block);
  static std::uint64_t Take(Block& block);

  Block products_;
  Block pictures_;
};

}  // namespace snapshelf::sqlite
