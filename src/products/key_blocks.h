#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "products/product.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Gives out product keys and picture ids that are never used again, also not after a write that
/// failed or was cut off: its vectors may already be in the index under them. A database's own
/// numbering would roll back with the write (SQLite's AUTOINCREMENT) or may after a crash
/// (PostgreSQL's sequences). So blocks of numbers are reserved beforehand, each in a transaction of
/// its own; a restart leaves at most one block unused.
///
/// Owned by the store and used under its writer lock.
class KeyBlocks {
 public:
  /// Adds `size` to the store's counter `name` ("product" or "picture") and returns its new value,
  /// durable on return.
  using Advance = std::function<Result<std::uint64_t>(std::string_view name, std::uint64_t size)>;

  /// Makes sure that so many numbers can be taken. Not inside a transaction.
  Status Reserve(std::uint64_t products, std::uint64_t pictures, const Advance& advance);

  ProductKey TakeProductKey() { return Take(products_); }
  PictureId TakePictureId() { return Take(pictures_); }

 private:
  struct Block {
    std::uint64_t next = 0;
    std::uint64_t end = 0;  ///< the first number that is not reserved
  };
  static Status ReserveOne(std::string_view name, std::uint64_t count, const Advance& advance,
                           Block& block);
  static std::uint64_t Take(Block& block);

  Block products_;
  Block pictures_;
};

}  // namespace snapshelf
