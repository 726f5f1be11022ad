// Proves that a thread steps back alone, with those that it starts.

#include "base/step_back.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace snapshelf {
namespace {

int Niceness() {
  return ::getpriority(PRIO_PROCESS, 0);
}

TEST(StepBack, ActsOnTheThreadAndThoseThatItStarts) {
  const int before = Niceness();
  int stepped_back = 0;
  int started = 0;
  {
    const std::jthread thread([&] {
      StepBack();
      stepped_back = Niceness();
      const std::jthread helper([&] { started = Niceness(); });
    });
  }
  EXPECT_EQ(stepped_back, std::min(before + 5, 19));
  EXPECT_EQ(started, stepped_back);
  EXPECT_EQ(Niceness(), before);
}

}  // namespace
}  // namespace snapshelf
