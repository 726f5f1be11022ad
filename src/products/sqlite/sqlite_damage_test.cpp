// Proves what a store says to files that are missing, foreign, newer or damaged, and to a full
// disk.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "products/sqlite/sqlite_product_store.h"
#include "products/store_test_util.h"
#include "products/temp_folder.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

// Runs `sql` on the file beside our code.
void RunSql(const std::filesystem::path& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

/// A store in a file of its own.
class SqliteDamageTest : public testing::Test {
 protected:
  SqliteDamageTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    auto store = OpenSqliteProductStore(path(), /*create=*/true);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }

  Product Put(Product product) {
    const auto removed = store_->Put({&product, 1}, nullptr);
    EXPECT_TRUE(removed) << removed.error().message;
    return product;
  }

  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "products.db"; }

  TempFolder folder_;
  std::unique_ptr<ProductStore> store_;
};

Error FailureOfOpening(const std::filesystem::path& path, bool create) {
  const auto store = OpenSqliteProductStore(path, create);
  EXPECT_FALSE(store);
  if (store) return {};
  EXPECT_THAT(store.error().message, HasSubstr(path.string()));
  return store.error();
}

TEST_F(SqliteDamageTest, IsNotMadeUnlessAskedFor) {
  const auto missing = folder_.path() / "missing.db";
  EXPECT_EQ(FailureOfOpening(missing, /*create=*/false).code, Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(SqliteDamageTest, RefusesANewerVersion) {
  store_.reset();
  RunSql(path(), "PRAGMA user_version = 5");
  const Error error = FailureOfOpening(path(), /*create=*/true);
  EXPECT_EQ(error.code, Code::kUnimplemented);
  EXPECT_THAT(error.message, HasSubstr("made by a newer Snapshelf"));
}

TEST_F(SqliteDamageTest, BringsADatabaseOfVersion1ToThisOne) {
  Product titled = MakeProduct("a", {"h1"});
  titled.titles = {{"en", "Red mug"}};
  const Product product = Put(std::move(titled));
  store_.reset();
  RunSql(path(),
         "DROP TABLE local_features; DROP TABLE words;"
         " ALTER TABLE products DROP COLUMN color; PRAGMA user_version = 1");
  Reopen();
  Product again = MakeProduct("a", {"h1"});
  again.pictures[0].local_features = {std::byte{1}};
  const auto passes = store_->CompileFilter({.words = "mug"});
  ASSERT_TRUE(passes);
  EXPECT_TRUE(passes->passes(product.key));
  EXPECT_EQ(Put(std::move(again)).key, product.key);
  const std::vector<PictureId> pictures = {product.pictures[0].id};
  EXPECT_THAT(*store_->GetLocalFeatures(pictures), testing::ElementsAre(testing::SizeIs(1)));
}

TEST_F(SqliteDamageTest, RefusesADatabaseOfAnotherProgram) {
  const auto other = folder_.path() / "other.db";
  RunSql(other, "CREATE TABLE notes(text TEXT)");
  EXPECT_EQ(FailureOfOpening(other, /*create=*/true).code, Code::kCorruption);
}

TEST_F(SqliteDamageTest, RefusesAFileThatIsNoDatabase) {
  const auto text = folder_.path() / "text.db";
  std::ofstream(text) << std::string(8192, 'x');
  EXPECT_EQ(FailureOfOpening(text, /*create=*/true).code, Code::kCorruption);
}

TEST_F(SqliteDamageTest, NoticesDamagedPages) {
  for (int i = 0; i < 200; ++i) Put(MakeProduct("product " + std::to_string(i)));
  store_.reset();
  RunSql(path(), "PRAGMA wal_checkpoint(TRUNCATE)");
  {
    // The middle of the file: past the schema, in the tables and indexes.
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path()) / 2 / 4096 * 4096));
    file << std::string(16384, '\xFF');
  }
  auto store = OpenSqliteProductStore(path(), /*create=*/false);
  const Status status = store ? (*store)->CheckIntegrity() : std::unexpected(store.error());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kCorruption);
}

// Lets files grow to `bytes` only: what a full disk does to SQLite, without one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST_F(SqliteDamageTest, AWriteThatDoesNotFitLeavesTheStoreUsable) {
  Put(MakeProduct("a"));
  Product large = MakeProduct("large");
  large.description = std::string(4 << 20, 'x');
  {
    const FileSizeLimit limit(2 << 20);
    const auto put = store_->Put({&large, 1}, nullptr);
    ASSERT_FALSE(put);
    EXPECT_THAT(put.error().message, HasSubstr(path().string()));
  }
  EXPECT_EQ(store_->Get("large").error().code, Code::kNotFound);
  Put(MakeProduct("b"));
  EXPECT_EQ(store_->Counts()->products, 2);
  EXPECT_TRUE(store_->CheckIntegrity());
}

}  // namespace
}  // namespace snapshelf
