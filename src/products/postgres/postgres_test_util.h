#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "products/postgres/postgres_catalog.h"
#include "products/postgres/test_server.h"
#include "products/store_test_util.h"

namespace snapshelf {

/// An empty database on a real server; skipped where there is none.
class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto server = postgres::TestServer::Get();
    if (!server) GTEST_SKIP() << server.error().message;
    server_ = *server;
    database_ = server_->CreateDatabase();
  }
  void TearDown() override {
    if (server_ != nullptr) server_->DropDatabase(database_);
  }

  [[nodiscard]] PostgresOptions Options() const { return server_->OptionsFor(database_); }

  /// One more server of the same catalog.
  static std::unique_ptr<ProductStore> Open(const PostgresOptions& options) {
    auto catalog = OpenPostgresCatalog(options, /*create=*/true);
    EXPECT_TRUE(catalog) << catalog.error().message;
    return catalog ? std::move(catalog->products) : nullptr;
  }
  std::unique_ptr<ProductStore> Open() const { return Open(Options()); }

  static Error FailureOfOpening(const PostgresOptions& options, bool create = true) {
    const auto catalog = OpenPostgresCatalog(options, create);
    EXPECT_FALSE(catalog);
    return catalog ? Error{} : catalog.error();
  }

  static Product Put(ProductStore& store, Product product) {
    const auto removed = store.Put({&product, 1}, nullptr);
    EXPECT_TRUE(removed) << removed.error().message;
    return product;
  }

  std::string Sql(const std::string& sql) { return server_->Sql(database_, sql); }

  postgres::TestServer* server_ = nullptr;
  std::string database_;
};

}  // namespace snapshelf
