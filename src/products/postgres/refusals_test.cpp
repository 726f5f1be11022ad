// Proves what a store says of a database that is absent, refuses it, is read-only or slow, and of
// text that a database cannot hold.
#include <gmock/gmock.h>

#include <csignal>

#include "products/postgres/postgres_test_util.h"

namespace snapshelf {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(PostgresTest, NamesHostAndPortOfAServerThatIsAbsent) {
  PostgresOptions options = server_->OptionsFor(database_, /*port=*/1);
  options.recover_wait_ms = 0;
  const Error error = FailureOfOpening(options);
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("127.0.0.1"), HasSubstr("port 1 "),
                                   Not(HasSubstr(postgres::TestServer::kPassword))));
}

TEST_F(PostgresTest, DoesNotWaitAfterAWrongPassword) {
  PostgresOptions options = Options();
  options.recover_wait_ms = 3'600'000;
  options.url.replace(options.url.find(postgres::TestServer::kPassword),
                      std::string_view(postgres::TestServer::kPassword).size(), "wrong-secret");
  const Error error = FailureOfOpening(options);
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("password authentication failed"),
                                   HasSubstr("127.0.0.1"), Not(HasSubstr("wrong-secret"))));
}

TEST_F(PostgresTest, NamesADatabaseThatIsNotThere) {
  const Error error = FailureOfOpening(server_->OptionsFor("nowhere"));
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("\"nowhere\" does not exist"));
}

TEST_F(PostgresTest, AReadOnlyDatabaseIsReadAndItsWritesSayWhy) {
  Put(*Open(), MakeProduct("a"));
  Sql("ALTER DATABASE " + database_ + " SET default_transaction_read_only = on");
  const auto store = Open();
  EXPECT_TRUE(store->Get("a"));
  Product product = MakeProduct("b");
  const auto put = store->Put({&product, 1}, nullptr);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kUnavailable);
  EXPECT_THAT(put.error().message, HasSubstr("the database is read-only"));
}

TEST_F(PostgresTest, AReadOnlyDatabaseWithoutCatalogSaysWhy) {
  Sql("ALTER DATABASE " + database_ + " SET default_transaction_read_only = on");
  const Error error = FailureOfOpening(Options());
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("the database is read-only"));
}

TEST_F(PostgresTest, AFullDiskIsToldAndNothingIsLost) {
  const auto store = Open();
  Put(*store, MakeProduct("a", {"h1"}));
  // More than what is left of the last pages.
  std::vector<Product> many;
  for (int i = 0; i < 500; ++i) {
    many.push_back(MakeProduct(std::to_string(i)));
    many.back().description = std::string(500, 'x');
  }
  server_->SetDiskFull(true);
  const auto put = store->Put(many, nullptr);
  server_->SetDiskFull(false);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kResourceExhausted);
  EXPECT_THAT(put.error().message, HasSubstr("the disk of the database is full"));
  EXPECT_EQ(store->Counts()->products, 1);
  EXPECT_EQ(store->Get("a")->pictures.size(), 1U);
  EXPECT_TRUE(store->Put(many, nullptr));
  EXPECT_EQ(store->Counts()->products, 501);
  EXPECT_TRUE(store->CheckIntegrity());
}

TEST_F(PostgresTest, RefusesTextThatIsNoUtf8) {
  const auto store = Open();
  for (const std::string& text : {std::string("\xFF\xFE"), std::string("a\0b", 3)}) {
    std::vector<Product> products = {MakeProduct("a"), MakeProduct("b")};
    products[1].description = text;
    const auto put = store->Put(products, nullptr);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(store->Counts()->products, 0);
}

TEST_F(PostgresTest, ACallToAServerThatFellSilentEnds) {
  Open();
  PostgresOptions options = Options();
  options.statement_timeout_ms = 1'000;
  const auto store = Open(options);
  ASSERT_GT(server_->SignalBackends(database_, SIGSTOP), 0);
  const auto read = store->Get("a");
  server_->SignalBackends(database_, SIGCONT);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(read.error().message, HasSubstr("no answer within"));
  EXPECT_EQ(store->Get("a").error().code, Code::kNotFound);
}

TEST_F(PostgresTest, TellsWhenAllConnectionsAreInUse) {
  Put(*Open(), MakeProduct("a"));
  PostgresOptions options = Options();
  options.connections = 1;
  options.statement_timeout_ms = 1'000;
  const auto store = Open(options);
  ASSERT_TRUE(store->ForEachPicture([&](const StoredPicture&) {
    const auto read = store->Get("a");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kUnavailable);
    EXPECT_THAT(read.error().message, HasSubstr("all 1 connections are in use"));
  }));
  EXPECT_TRUE(store->Get("a"));
}

}  // namespace
}  // namespace snapshelf
