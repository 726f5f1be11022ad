// Proves that FairSharedMutex excludes as a shared mutex must and lets neither side starve.

#include "search/hnsw/fair_shared_mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace snapshelf {
namespace {

TEST(FairSharedMutex, KeepsReadersAndWritersApart) {
  FairSharedMutex mutex;
  int value = 0;  // not atomic: ThreadSanitizer sees what the mutex lets through
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const std::scoped_lock lock(mutex);
        ++value;
      }
    });
  std::atomic<int> backwards = 0;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      int last = 0;
      for (int i = 0; i < 2000; ++i) {
        const std::shared_lock lock(mutex);
        if (value < last) ++backwards;
        last = value;
      }
    });
  threads.clear();
  EXPECT_EQ(value, 4000);
  EXPECT_EQ(backwards, 0);
}

TEST(FairSharedMutex, LetsReadersInTogether) {
  FairSharedMutex mutex;
  const std::shared_lock first(mutex);
  std::jthread([&] { const std::shared_lock second(mutex); }).join();
}

// Two readers that overlap without end would keep a writer of std::shared_mutex waiting for ever.
TEST(FairSharedMutex, LetsAWriterInBetweenEndlessReaders) {
  FairSharedMutex mutex;
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&] {
      while (!done) const std::shared_lock lock(mutex);
    });
  for (int i = 0; i < 100; ++i) const std::scoped_lock lock(mutex);
  done = true;
}

}  // namespace
}  // namespace snapshelf
