// Proves that an index goes on without a graph where the process may not have the address space for
// one: it says so and looks at every vector.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = 64;
constexpr VectorId kVectors = 600;
// Room for some vectors and the stack of a thread, not for a graph, which wants 20 MiB at least.
constexpr rlim_t kSpareBytes = 16 << 20;

void LimitAddressSpace() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  const rlim_t bytes = pages * 4096 + kSpareBytes;
  const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &limit), 0);
}

std::vector<float> ValuesOf(VectorId id) {
  std::vector<float> values(kDim);
  for (int d = 0; d < kDim; ++d)
    values[d] = std::sin(0.37F * static_cast<float>((id + 1) * static_cast<VectorId>(d + 1)));
  return values;
}

int WrongAnswersWithoutAddressSpace() {
  LimitAddressSpace();
  GraphIndex index({.dim = kDim});
  for (VectorId id = 0; id < kVectors; ++id) {
    const auto values = ValuesOf(id);
    const VectorRecord record{.id = id, .group = id, .values = values};
    if (!index.Add({&record, 1})) return 1000;
  }
  index.WaitUntilSettled();
  int wrong = index.state()->graph() == nullptr ? 0 : 1;
  for (VectorId id = 0; id < kVectors; ++id) {
    const auto hits = index.Find(ValuesOf(id), {.k = 5});
    if (!hits || hits->size() != 5 || hits->front().id != id) ++wrong;
  }
  return wrong;
}

TEST(AddressSpaceDeathTest, WithoutItVectorsAreScannedAndTheLogSaysSo) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need address space themselves";
#endif
  EXPECT_EXIT(std::_Exit(WrongAnswersWithoutAddressSpace() == 0 ? 0 : 1),
              testing::ExitedWithCode(0), "no address space for a graph");
}

}  // namespace
}  // namespace snapshelf
