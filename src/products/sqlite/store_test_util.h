#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "products/sqlite/sqlite_product_store.h"
#include "products/temp_folder.h"

namespace snapshelf {

/// A product with one picture per hash.
inline Product MakeProduct(std::string id, const std::vector<std::string>& hashes = {"h"}) {
  Product product{.id = std::move(id)};
  for (const std::string& hash : hashes)
    product.pictures.push_back({.hash = hash, .width = 640, .height = 480});
  return product;
}

/// A store in a database of its own.
class StoreTest : public testing::Test {
 protected:
  StoreTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    auto store = OpenSqliteProductStore(path(), /*create=*/true);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }

  /// Puts one product and gives it back as stored.
  Product Put(Product product) {
    const auto removed = store_->Put({&product, 1}, nullptr);
    EXPECT_TRUE(removed) << removed.error().message;
    return product;
  }

  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "products.db"; }

  TempFolder folder_;
  std::unique_ptr<ProductStore> store_;
};

}  // namespace snapshelf
