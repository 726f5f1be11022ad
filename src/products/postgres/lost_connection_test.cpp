// Proves what becomes of reads and writes when the database restarts, a connection is cut, or one
// of the database's processes is killed in the middle: reads recover, a write is whole or absent,
// and what is said about it is true.
#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "products/postgres/postgres_test_util.h"
#include "products/postgres/test_proxy.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

class LostConnectionTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    store_ = Open();
    stored_ = Put(*store_, MakeProduct("a", {"h1"}));
  }

  std::unique_ptr<ProductStore> store_;
  Product stored_;
};

TEST_F(LostConnectionTest, ReadsRecoverAfterARestart) {
  server_->Stop();
  server_->Start();
  EXPECT_EQ(store_->Get("a")->key, stored_.key);
  EXPECT_TRUE(store_->CompileFilter({.brands = {"x"}}));
  EXPECT_EQ(store_->Counts()->products, 1);
}

TEST_F(LostConnectionTest, ReadsWaitForARestartThatIsUnderWay) {
  server_->Stop();
  Result<Product> product;
  {
    const std::jthread reader([&] { product = store_->Get("a"); });
    server_->Start();
  }
  ASSERT_TRUE(product) << product.error().message;
  EXPECT_EQ(product->key, stored_.key);
}

// Reads of several threads without pause, of products and of filters.
class Readers {
 public:
  explicit Readers(const ProductStore& store) {
    for (int i = 0; i < kThreads; ++i)
      threads_.emplace_back([this, &store](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          if (const auto product = store.Get("a"); !product) Note(product.error());
          if (const auto filter = store.CompileFilter({.brands = {"x"}}); !filter)
            Note(filter.error());
          reads_.fetch_add(1);
        }
      });
  }

  /// Until each thread has begun and ended at least one more.
  void AwaitMore() const {
    for (const std::int64_t end = reads_ + 2 * kThreads; reads_ < end;) std::this_thread::yield();
  }

  std::vector<std::string> Stop() {
    threads_.clear();
    return failures_;
  }

 private:
  static constexpr int kThreads = 3;
  void Note(const Error& error) {
    const std::scoped_lock lock(mutex_);
    failures_.push_back(error.message);
  }

  std::atomic<std::int64_t> reads_ = 0;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::jthread> threads_;
};

TEST_F(LostConnectionTest, NoReadFailsWhileConnectionsAreKilledAndTheServerRestarts) {
  PostgresOptions options = Options();
  options.recover_wait_ms = 60'000;
  const auto store = Open(options);
  Readers readers(*store);
  for (int i = 0; i < 20; ++i) {
    readers.AwaitMore();
    server_->SignalBackends(database_, SIGTERM);
  }
  // Of a killed process the database takes all others down and recovers.
  readers.AwaitMore();
  server_->SignalBackends(database_, SIGKILL);
  for (int i = 0; i < 2; ++i) {
    readers.AwaitMore();
    server_->Stop();
    server_->Start();
  }
  readers.AwaitMore();
  EXPECT_THAT(readers.Stop(), testing::IsEmpty());
}

TEST_F(LostConnectionTest, SaysThatTheServerIsGoneAndComesBackWithIt) {
  PostgresOptions options = Options();
  options.recover_wait_ms = 0;
  const auto store = Open(options);
  server_->Stop();
  const auto read = store->Get("a");
  const auto write = store->SetSetting("x", "1");
  server_->Start();
  EXPECT_EQ(read.error().code, Code::kUnavailable);
  EXPECT_EQ(write.error().code, Code::kUnavailable);
  EXPECT_TRUE(store->Get("a"));
  EXPECT_TRUE(store->SetSetting("x", "1"));
}

TEST_F(LostConnectionTest, AWriteOnAnIdleConnectionThatWasCutIsDoneAgain) {
  ASSERT_GT(server_->SignalBackends(database_, SIGTERM), 0);
  const Product put = Put(*store_, MakeProduct("b"));
  EXPECT_GT(put.key, stored_.key);
  EXPECT_EQ(store_->Counts()->products, 2);
}

TEST_F(LostConnectionTest, AWriteWhoseProcessIsKilledLeavesNothingHalf) {
  std::vector<Product> products = {MakeProduct("a", {"h2", "h3"}), MakeProduct("b")};
  int calls = 0;
  const auto put = store_->Put(products, [&](std::span<const Product>) -> Status {
    ++calls;
    EXPECT_GT(server_->SignalBackends(database_, SIGKILL), 0);
    return {};
  });
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kUnavailable);
  EXPECT_THAT(put.error().message, HasSubstr("nothing was written"));
  EXPECT_EQ(calls, 1);
  const auto product = store_->Get("a");
  ASSERT_TRUE(product) << product.error().message;
  EXPECT_EQ(product->pictures.size(), 1U);
  EXPECT_EQ(store_->Get("b").error().code, Code::kNotFound);
  EXPECT_TRUE(store_->Put(products, nullptr));
  EXPECT_TRUE(store_->CheckIntegrity());
}

TEST_F(LostConnectionTest, ACommitWhoseAnswerIsLostCounts) {
  postgres::TestProxy proxy(server_->port());
  const auto store = Open(server_->OptionsFor(database_, proxy.port()));
  Put(*store, MakeProduct("b"));
  proxy.CutAtAnswerTo("COMMIT");
  Product product = MakeProduct("c");
  int calls = 0;
  const auto put = store->Put({&product, 1}, [&](std::span<const Product>) -> Status {
    ++calls;
    return {};
  });
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_TRUE(proxy.has_cut());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(store_->Get("c")->key, product.key);
  EXPECT_EQ(store_->Counts()->products, 3);
}

TEST_F(LostConnectionTest, ACommitOfWhichNobodyKnowsSaysSo) {
  postgres::TestProxy proxy(server_->port());
  PostgresOptions options = server_->OptionsFor(database_, proxy.port());
  options.outcome_wait_ms = 0;
  const auto store = Open(options);
  Put(*store, MakeProduct("b"));
  proxy.CutAtAnswerTo("COMMIT");
  proxy.StayDownAfterCut();
  Product product = MakeProduct("c");
  const auto put = store->Put({&product, 1}, nullptr);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(put.error().message, HasSubstr("it is not known whether"));
}

TEST_F(LostConnectionTest, AWriteThatIsCutBeforeItsCommitIsDoneAgain) {
  postgres::TestProxy proxy(server_->port());
  const auto store = Open(server_->OptionsFor(database_, proxy.port()));
  Put(*store, MakeProduct("b"));
  proxy.CutAtAnswerTo("BEGIN");
  const Product put = Put(*store, MakeProduct("c"));
  EXPECT_TRUE(proxy.has_cut());
  EXPECT_EQ(store_->Get("c")->key, put.key);
}

TEST_F(LostConnectionTest, ALockThatWasLostEndsTheChange) {
  {
    const auto lock = store_->LockWriters();
    ASSERT_TRUE(lock);
    ASSERT_GT(server_->SignalBackends(database_, SIGTERM), 0);
    Product product = MakeProduct("b");
    const auto put = store_->Put({&product, 1}, nullptr);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Code::kUnavailable);
    // Another server may have written meanwhile, so the rest of the change must not go on.
    EXPECT_FALSE(store_->SetSetting("x", "1"));
  }
  Put(*store_, MakeProduct("b"));
}

TEST_F(LostConnectionTest, TheLockOfAServerThatIsGoneComesFree) {
  const auto other = Open();
  const auto lock = other->LockWriters();
  ASSERT_TRUE(lock);
  ASSERT_GT(server_->SignalBackends(database_, SIGTERM), 0);
  EXPECT_TRUE(store_->SetSetting("x", "1"));
}

}  // namespace
}  // namespace snapshelf
