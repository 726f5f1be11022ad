#pragma once

#include <memory>
#include <string>

#include "products/picture_files.h"
#include "products/product_store.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Where a test's store lies: a database of its own, gone with its owner. The tests of what every
/// ProductStore promises are linked with one implementation per program.
class StoreBed {
 public:
  StoreBed() = default;
  virtual ~StoreBed() = default;
  StoreBed(const StoreBed&) = delete;
  StoreBed& operator=(const StoreBed&) = delete;

  /// Opens the store, and creates it at the first time.
  virtual Result<std::unique_ptr<ProductStore>> Open() = 0;
  /// Its pictures; after Open.
  virtual std::unique_ptr<PictureFiles> OpenPictures() = 0;
  /// Changes the bytes kept under `hash`.
  virtual void DamagePicture(const std::string& hash) = 0;
};

/// errors: why there is none on this machine; the test is skipped with these words.
Result<std::unique_ptr<StoreBed>> MakeStoreBed();

}  // namespace snapshelf
