// Proves that servers of one catalog see each other's changes at once, never share a key, and keep
// out of each other's way.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "products/postgres/postgres_test_util.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SharedCatalogTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    one_ = Open();
    two_ = Open();
  }

  static Product Branded(const std::string& id, const std::string& brand) {
    Product product = MakeProduct(id);
    product.brand = brand;
    return product;
  }

  static bool Passes(const ProductStore& store, const std::string& brand, ProductKey key) {
    const auto filter = store.CompileFilter({.brands = {brand}});
    EXPECT_TRUE(filter) << filter.error().message;
    return filter && filter->passes(key);
  }

  std::unique_ptr<ProductStore> one_;
  std::unique_ptr<ProductStore> two_;
};

TEST_F(SharedCatalogTest, AProductOfAnotherServerIsThereAtOnce) {
  const Product put = Put(*one_, Branded("a", "Alto"));
  EXPECT_EQ(two_->Get("a")->key, put.key);
  EXPECT_TRUE(Passes(*two_, "Alto", put.key));
}

TEST_F(SharedCatalogTest, FiltersFollowAnotherServersChanges) {
  const Product put = Put(*one_, Branded("a", "Alto"));
  EXPECT_TRUE(Passes(*two_, "Alto", put.key));
  Put(*one_, Branded("a", "Bora"));
  EXPECT_FALSE(Passes(*two_, "Alto", put.key));
  EXPECT_TRUE(Passes(*two_, "Bora", put.key));
  const std::vector<std::string> ids = {"a"};
  ASSERT_TRUE(one_->Remove(ids));
  EXPECT_FALSE(Passes(*two_, "Bora", put.key));
  EXPECT_FALSE(Passes(*one_, "Bora", put.key));
}

TEST_F(SharedCatalogTest, FiltersFollowMoreChangesThanOnePageHolds) {
  constexpr int kProducts = 10'500;
  std::vector<Product> products;
  for (int i = 0; i < kProducts; ++i) products.push_back(Branded(std::to_string(i), "Alto"));
  for (Product& product : products) product.pictures.clear();
  ASSERT_TRUE(one_->Put(products, nullptr));
  const auto filter = two_->CompileFilter({.brands = {"Alto"}});
  ASSERT_TRUE(filter);
  for (const Product& product : products) ASSERT_TRUE(filter->passes(product.key)) << product.id;
}

TEST_F(SharedCatalogTest, AServerThatIsFarBehindReadsEverythingAnew) {
  const Product stays = Put(*one_, Branded("a", "Alto"));
  const Product goes = Put(*one_, Branded("b", "Alto"));
  EXPECT_TRUE(Passes(*two_, "Alto", goes.key));
  // As if so many writes ago that the removal is forgotten.
  Sql("DELETE FROM snapshelf.products WHERE id = 'b';"
      "UPDATE snapshelf.counters SET next = next + 1000000 WHERE name = 'write'");
  EXPECT_TRUE(Passes(*two_, "Alto", stays.key));
  EXPECT_FALSE(Passes(*two_, "Alto", goes.key));
}

TEST_F(SharedCatalogTest, ARestoredBackupIsReadAnew) {
  const Product product = Put(*one_, Branded("a", "Alto"));
  EXPECT_TRUE(Passes(*two_, "Alto", product.key));
  Sql("UPDATE snapshelf.products SET brand = 'Bora', changed = 1;"
      "UPDATE snapshelf.counters SET next = 1 WHERE name = 'write'");
  EXPECT_TRUE(Passes(*two_, "Bora", product.key));
  EXPECT_FALSE(Passes(*two_, "Alto", product.key));
}

TEST_F(SharedCatalogTest, ForgetsRemovalsThatNoServerNeeds) {
  Put(*one_, MakeProduct("a"));
  const std::vector<std::string> ids = {"a"};
  ASSERT_TRUE(one_->Remove(ids));
  EXPECT_EQ(Sql("SELECT count(*) FROM snapshelf.removals"), "1");
  Sql("UPDATE snapshelf.counters SET next = 1000000 - 1 WHERE name = 'write'");
  ASSERT_TRUE(one_->Remove(ids));
  EXPECT_EQ(Sql("SELECT count(*) FROM snapshelf.removals"), "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM snapshelf.writes"), "1");
}

TEST_F(SharedCatalogTest, TwoServersNeverGiveOutTheSameKey) {
  constexpr int kEach = 30;
  std::vector<Product> products(2 * kEach);
  const auto put = [&](ProductStore& store, int first) {
    for (int i = first; i < first + kEach; ++i)
      products[static_cast<std::size_t>(i)] = Put(store, MakeProduct(std::to_string(i)));
  };
  {
    const std::jthread first([&] { put(*one_, 0); });
    const std::jthread second([&] { put(*two_, kEach); });
  }
  std::set<ProductKey> keys;
  std::set<PictureId> pictures;
  for (const Product& product : products) {
    keys.insert(product.key);
    pictures.insert(product.pictures.front().id);
  }
  EXPECT_EQ(keys.size(), products.size());
  EXPECT_EQ(pictures.size(), products.size());
}

TEST_F(SharedCatalogTest, TwoServersThatPutTheSameProductsMakeThemOnce) {
  const auto put = [](ProductStore& store, const std::vector<std::string>& ids) {
    for (int i = 0; i < 20; ++i) {
      std::vector<Product> products;
      for (const std::string& id : ids) products.push_back(MakeProduct(id));
      const auto done = store.Put(products, nullptr);
      ASSERT_TRUE(done) << done.error().message;
    }
  };
  {
    // In opposite orders, which would deadlock if each row had its own lock.
    const std::jthread first([&] { put(*one_, {"a", "b", "c"}); });
    const std::jthread second([&] { put(*two_, {"c", "b", "a"}); });
  }
  EXPECT_EQ(one_->Counts()->products, 3);
  EXPECT_EQ(one_->Counts()->pictures, 3);
}

TEST_F(SharedCatalogTest, AWriterThatIsKeptOutTooLongIsTold) {
  PostgresOptions options = Options();
  options.statement_timeout_ms = 2'000;
  const auto waiting = Open(options);
  Product product = MakeProduct("a");
  {
    const auto lock = one_->LockWriters();
    ASSERT_TRUE(lock);
    const auto put = waiting->Put({&product, 1}, nullptr);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Code::kUnavailable);
    EXPECT_THAT(put.error().message, HasSubstr("another server is writing"));
    EXPECT_FALSE(waiting->LockWriters());
    Put(*one_, MakeProduct("b"));
  }
  EXPECT_TRUE(waiting->Put({&product, 1}, nullptr));
}

TEST_F(SharedCatalogTest, OfTwoImportsTheOlderOneEnds) {
  const std::vector<std::string> ids = {"a"};
  Put(*one_, MakeProduct("a"));
  ASSERT_TRUE(one_->ForgetSeen());
  ASSERT_TRUE(one_->MarkSeen(ids));
  ASSERT_TRUE(two_->ForgetSeen());
  // It would take every product for missing that it has seen before.
  EXPECT_EQ(one_->NotSeen(10).error().code, Code::kUnavailable);
  EXPECT_EQ(one_->MarkSeen(ids).error().code, Code::kUnavailable);
  ASSERT_TRUE(two_->MarkSeen(ids));
  EXPECT_THAT(*two_->NotSeen(10), IsEmpty());
}

}  // namespace
}  // namespace snapshelf
