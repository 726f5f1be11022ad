// Proves that readers of a store do not wait for its writer, and see whole products beside it.
#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>

#include "products/store_test_util.h"

namespace snapshelf {
namespace {

TEST_F(StoreTest, ReadsWhileAWriteIsUnderWay) {
  Put(MakeProduct("a", {"h1"}));
  std::vector<Product> products = {MakeProduct("a", {"h2"})};
  const auto put = store_->Put(products, [&](std::span<const Product>) -> Status {
    EXPECT_EQ(store_->Get("a")->pictures[0].hash, "h1");  // would wait for ever if readers waited
    return {};
  });
  ASSERT_TRUE(put);
  EXPECT_EQ(store_->Get("a")->pictures[0].hash, "h2");
}

TEST_F(StoreTest, ReadersSeeWholeProductsBesideAWriter) {
  Put(MakeProduct("a", {"0", "0"}));
  constexpr int kReaders = 3;
  std::atomic<bool> done = false;
  std::latch started(kReaders);
  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      started.count_down();
      while (!done) {
        const auto product = store_->Get("a");
        ASSERT_TRUE(product) << product.error().message;
        ASSERT_EQ(product->pictures[0].hash, product->pictures[1].hash);
        ASSERT_TRUE(store_->CompileFilter({.brands = {"x"}}));
      }
    });
  }
  started.wait();
  for (int i = 1; i <= 50; ++i) Put(MakeProduct("a", {std::to_string(i), std::to_string(i)}));
  done = true;
}

}  // namespace
}  // namespace snapshelf
