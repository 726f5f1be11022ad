#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "products/store_bed.h"

namespace snapshelf {

/// A product with one picture per hash.
inline Product MakeProduct(std::string id, const std::vector<std::string>& hashes = {"h"}) {
  Product product{.id = std::move(id)};
  for (const std::string& hash : hashes)
    product.pictures.push_back({.hash = hash, .width = 640, .height = 480});
  return product;
}

/// An empty store of its own; skipped where there is no database for it.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto bed = MakeStoreBed();
    if (!bed) GTEST_SKIP() << bed.error().message;
    bed_ = std::move(*bed);
    Reopen();
  }

  void Reopen() {
    store_.reset();
    auto store = bed_->Open();
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }

  /// Puts one product and gives it back as stored.
  Product Put(Product product) {
    const auto removed = store_->Put({&product, 1}, nullptr);
    EXPECT_TRUE(removed) << removed.error().message;
    return product;
  }

  std::unique_ptr<StoreBed> bed_;
  std::unique_ptr<ProductStore> store_;
};

}  // namespace snapshelf
