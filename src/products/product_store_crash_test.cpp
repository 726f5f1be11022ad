// Proves that what a write acknowledged is there after kill -9, whole: a child process writes and
// tells each finished write through a pipe; the parent kills it in the middle, and reopens.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/check.h"
#include "products/store_test_util.h"

namespace snapshelf {
namespace {

constexpr int kBatch = 3;

std::string IdOf(int write, int product) {
  return std::to_string(write) + "-" + std::to_string(product);
}

// Writes batches until it is killed; sends a byte for each that was acknowledged.
[[noreturn]] void WriteUntilKilled(StoreBed& bed, int acknowledged) {
  auto store = bed.Open();
  if (!store) std::_Exit(1);
  for (int write = 0;; ++write) {
    std::vector<Product> products;
    for (int i = 0; i < kBatch; ++i) products.push_back(MakeProduct(IdOf(write, i), {"h1", "h2"}));
    if (!(*store)->Put(products, nullptr)) std::_Exit(1);
    if (::write(acknowledged, "a", 1) != 1) std::_Exit(1);
  }
}

// Lets a child write, kills it after some acknowledgements, and counts all of them.
int AcknowledgedBeforeKill(StoreBed& bed, int kill_after) {
  int ends[2] = {};
  SNAPSHELF_CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  SNAPSHELF_CHECK(child >= 0);
  if (child == 0) {
    close(ends[0]);
    WriteUntilKilled(bed, ends[1]);
  }
  close(ends[1]);
  int acknowledged = 0;
  char byte = 0;
  while (read(ends[0], &byte, 1) == 1)
    if (++acknowledged == kill_after) kill(child, SIGKILL);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return acknowledged;
}

TEST(StoreCrash, AcknowledgedProductsSurviveAKill) {
  for (const int kill_after : {1, 7, 40}) {
    const auto bed = MakeStoreBed();
    if (!bed) GTEST_SKIP() << bed.error().message;
    const int acknowledged = AcknowledgedBeforeKill(**bed, kill_after);
    ASSERT_GE(acknowledged, kill_after);
    auto store = (*bed)->Open();
    ASSERT_TRUE(store) << store.error().message;
    for (int write = 0; write < acknowledged; ++write)
      for (int i = 0; i < kBatch; ++i) {
        const auto product = (*store)->Get(IdOf(write, i));
        ASSERT_TRUE(product) << product.error().message;
        EXPECT_EQ(product->pictures.size(), 2U);
      }
    // The write that was cut off is there whole or not at all.
    EXPECT_EQ((*store)->Counts()->products % kBatch, 0);
    EXPECT_TRUE((*store)->CheckIntegrity());
  }
}

}  // namespace
}  // namespace snapshelf
