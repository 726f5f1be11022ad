// Proves order, the bound, and that closing drains what is inside and releases who waits.
#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace snapshelf {
namespace {

TEST(BoundedQueue, RefusesBeyondCapacity) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_FALSE(queue.TryPush(3));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_TRUE(queue.TryPush(3));
}

TEST(BoundedQueue, DrainsAfterClose) {
  BoundedQueue<int> queue(4);
  queue.Push(1);
  queue.Push(2);
  queue.Close();
  EXPECT_FALSE(queue.Push(3));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CloseReleasesWaitingProducer) {
  BoundedQueue<int> queue(1);
  queue.Push(1);
  std::jthread producer([&queue] { EXPECT_FALSE(queue.Push(2)); });
  queue.Close();
}

TEST(BoundedQueue, PassesEveryItemOnceBetweenThreads) {
  BoundedQueue<int> queue(3);
  long sum = 0;
  std::jthread consumer([&] {
    while (auto item = queue.Pop()) sum += *item;
  });
  {
    std::jthread a([&queue] {
      for (int i = 1; i <= 1000; ++i) queue.Push(i);
    });
    std::jthread b([&queue] {
      for (int i = 1; i <= 1000; ++i) queue.Push(i);
    });
  }
  queue.Close();
  consumer.join();
  EXPECT_EQ(sum, 2 * 500'500);
}

}  // namespace
}  // namespace snapshelf
