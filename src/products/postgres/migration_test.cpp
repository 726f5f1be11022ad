// Proves that tables are made and brought forward once, whoever comes first, and that those of a
// newer program or another one are left alone.
#include <gmock/gmock.h>

#include <latch>
#include <thread>
#include <vector>

#include "products/postgres/postgres_test_util.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

TEST_F(PostgresTest, ACatalogIsNotMadeUnlessAskedFor) {
  EXPECT_EQ(FailureOfOpening(Options(), /*create=*/false).code, Code::kNotFound);
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'snapshelf'"), "0");
}

TEST_F(PostgresTest, RefusesANewerVersion) {
  Open();
  Sql("UPDATE snapshelf.version SET number = 5");
  const Error error = FailureOfOpening(Options());
  EXPECT_EQ(error.code, Code::kUnimplemented);
  EXPECT_THAT(error.message, HasSubstr("made by a newer Snapshelf"));
}

TEST_F(PostgresTest, BringsACatalogOfVersion1ToThisOne) {
  Product titled = MakeProduct("a");
  titled.titles = {{"en", "Red mug"}};
  const Product product = Put(*Open(), std::move(titled));
  Sql("DROP TABLE snapshelf.picture_files; ALTER TABLE snapshelf.products DROP words, DROP color;"
      " DROP FUNCTION snapshelf.words_of; DROP FUNCTION snapshelf.folded_words;"
      " UPDATE snapshelf.version SET number = 1");
  const auto store = Open();
  EXPECT_EQ(store->Get("a")->key, product.key);
  EXPECT_TRUE(store->CompileFilter({.words = "MUG"})->passes(product.key));
  EXPECT_EQ(Sql("SELECT number FROM snapshelf.version"), "4");
  EXPECT_EQ(Sql("SELECT count(*) FROM snapshelf.picture_files"), "0");
}

TEST_F(PostgresTest, RefusesTablesOfAnotherProgram) {
  Sql("CREATE SCHEMA snapshelf; CREATE TABLE snapshelf.notes(text text)");
  const Error error = FailureOfOpening(Options());
  EXPECT_EQ(error.code, Code::kCorruption);
  EXPECT_THAT(error.message, HasSubstr("another program"));
}

TEST_F(PostgresTest, LeavesTheTablesOfOtherSchemasAlone) {
  Sql("CREATE TABLE products(text text); INSERT INTO products VALUES('ours')");
  Put(*Open(), MakeProduct("a"));
  EXPECT_EQ(Sql("SELECT text FROM products"), "ours");
}

TEST_F(PostgresTest, ServersThatStartTogetherMakeOneCatalog) {
  constexpr int kServers = 4;
  std::latch start(kServers);
  std::vector<std::unique_ptr<ProductStore>> stores(kServers);
  {
    std::vector<std::jthread> threads;
    for (auto& store : stores)
      threads.emplace_back([&] {
        start.arrive_and_wait();
        store = Open();
      });
  }
  for (const auto& store : stores) ASSERT_NE(store, nullptr);
  Put(*stores[0], MakeProduct("a"));
  EXPECT_TRUE(stores[3]->Get("a"));
}

}  // namespace
}  // namespace snapshelf
