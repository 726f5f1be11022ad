// Proves that taken tasks run even when the pool is being destroyed, and that a full queue refuses.
#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace snapshelf {
namespace {

TEST(ThreadPool, FinishesWhatItTookBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(2, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.TrySubmit([&done] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(ThreadPool, RefusesWhenQueueIsFull) {
  std::latch started(1);
  std::latch release(1);
  ThreadPool pool(1, 1);
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  EXPECT_EQ(pool.queued(), 1U);
  release.count_down();
}

}  // namespace
}  // namespace snapshelf
