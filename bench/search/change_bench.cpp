// What changes cost an index that is asked meanwhile, and what replaced vectors leave behind:
//   change_bench latency 300000 FOLDER   queries of one thread with nothing else to do, and while
//                                        vectors are added and sealed as fast as they can be
//   change_bench recall 100000           recall after 30 % of the vectors were replaced, against an
//                                        index that was built from the same vectors afresh
// Each prints JSON. FOLDER is made at the first call and grows by what is added.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "must.h"
#include "product_vectors.h"
#include "search/embedded/embedded_index.h"
#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = ProductVectors::kDim;
constexpr std::size_t kQueries = 1000;
constexpr std::size_t kRecallQueries = 500;
constexpr std::size_t kBatch = 500;
constexpr std::size_t kSealEach = 20'000;
constexpr int kK = 10;
constexpr std::chrono::seconds kPhase{20};

double Seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Pictures [from, to) under the ids from `first_id` on.
void Add(VectorIndex& index, const ProductVectors& source, std::size_t from, std::size_t to,
         const std::function<VectorId(std::size_t)>& id_of) {
  for (std::size_t start = from; start < to; start += kBatch) {
    const std::size_t end = std::min(to, start + kBatch);
    const auto values = source.Pictures(start, end);
    std::vector<VectorRecord> records;
    for (std::size_t i = start; i < end; ++i)
      records.push_back({.id = id_of(i),
                         .group = source.ProductOf(i),
                         .values = {values.data() + (i - start) * kDim, kDim}});
    Must(index.Add(records));
  }
}

std::string Latencies(const VectorIndex& index, const std::vector<float>& queries) {
  std::vector<double> wall;
  const double cpu = Seconds(CLOCK_THREAD_CPUTIME_ID);
  const auto end = std::chrono::steady_clock::now() + kPhase;
  while (std::chrono::steady_clock::now() < end) {
    const std::size_t i = wall.size() % kQueries;
    const double start = Seconds(CLOCK_MONOTONIC);
    if (!index.Find({queries.data() + i * kDim, kDim}, {.k = kK})) std::exit(1);
    wall.push_back(Seconds(CLOCK_MONOTONIC) - start);
  }
  const double used = Seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
  std::ranges::sort(wall);
  const auto at = [&](double share) {
    return 1e6 * wall[static_cast<std::size_t>(share * static_cast<double>(wall.size() - 1))];
  };
  return fmt::format(
      R"({{"queries": {}, "p50_us": {:.0f}, "p90_us": {:.0f}, "p99_us": {:.0f}, "cpu_us": {:.0f}}})",
      wall.size(), at(0.5), at(0.9), at(0.99), 1e6 * used / static_cast<double>(wall.size()));
}

int MeasureLatency(std::size_t count, const std::string& folder) {
  const ProductVectors source(count * 4);
  const auto opened = Must(EmbeddedIndex::Open(PosixFileSystem(), folder, {.model_id = "bench"}));
  EmbeddedIndex& index = *opened;
  std::size_t stored = index.stats().vectors;
  const auto same_id = [](std::size_t i) { return static_cast<VectorId>(i); };
  if (stored < count) Add(index, source, stored, count, same_id);
  stored = std::max(stored, count);
  index.WaitUntilSettled();
  Must(index.Seal());
  const auto queries = source.Queries(kQueries);
  const std::string quiet = Latencies(index, queries);
  const std::size_t before = stored;
  std::string busy;
  int sealings = 0;
  {
    const std::jthread writer([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        Add(index, source, stored, stored + kBatch, same_id);
        stored += kBatch;
        // More often than it would by itself: the worst case.
        if (stored % kSealEach == 0 && index.Seal()) ++sealings;
      }
    });
    busy = Latencies(index, queries);
  }
  fmt::print(
      "{{\"vectors\": {}, \"quiet\": {},\n \"busy\": {}, \"added\": {}, \"sealings\": {}}}\n",
      count, quiet, busy, stored - before, sealings);
  return 0;
}

std::string Recall(const VectorIndex& index, const std::vector<float>& queries,
                   const std::vector<std::vector<Hit>>& truth, int window) {
  std::size_t found = 0;
  const double cpu = Seconds(CLOCK_THREAD_CPUTIME_ID);
  for (std::size_t i = 0; i < kRecallQueries; ++i) {
    const auto hits = index.Find({queries.data() + i * kDim, kDim},
                                 {.k = kK, .one_per_group = false, .window = window});
    if (!hits) std::exit(1);
    for (const Hit& hit : truth[i])
      found += std::ranges::find(*hits, hit.id, &Hit::id) != hits->end() ? 1 : 0;
  }
  const double used = Seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
  return fmt::format(R"({{"window": {}, "recall": {:.4f}, "cpu_us": {:.0f}}})", window,
                     static_cast<double>(found) / (kRecallQueries * kK),
                     1e6 * used / kRecallQueries);
}

int MeasureRecall(std::size_t count) {
  const ProductVectors source(count * 2);
  const auto is_replaced = [](std::size_t i) { return i % 10 < 3; };
  const auto same_id = [](std::size_t i) { return static_cast<VectorId>(i); };
  GraphIndex changed({.dim = kDim});
  Add(changed, source, 0, count, same_id);
  changed.WaitUntilSettled();

  // New pictures take the ids of the replaced ones.
  std::vector<VectorId> replaced;
  for (std::size_t i = 0; i < count; ++i)
    if (is_replaced(i)) replaced.push_back(i);
  Add(changed, source, count, count + replaced.size(),
      [&](std::size_t i) { return replaced[i - count]; });
  changed.WaitUntilSettled();

  GraphIndex afresh({.dim = kDim});
  ExactIndex exact(kDim, Metric::kCosine);
  std::vector<VectorRecord> records;
  Must(changed.ForEach([&](const VectorRecord& record) { Must(exact.Add({&record, 1})); }));
  Must(exact.ForEach([&](const VectorRecord& record) { records.push_back(record); }));
  Must(afresh.Add(records));
  afresh.WaitUntilSettled();

  const auto queries = source.Queries(kRecallQueries);
  const auto truth = exact.FindBatch(queries, {.k = kK, .one_per_group = false});
  if (!truth) return 1;
  fmt::print("{{\"vectors\": {}, \"replaced\": {}, \"points\": [", count, replaced.size());
  const char* separator = "\n";
  for (const int window : {32, 64, 100, 200}) {
    fmt::print("{} {{\"replaced\": {}, \"afresh\": {}}}", separator,
               Recall(changed, queries, *truth, window), Recall(afresh, queries, *truth, window));
    separator = ",\n";
  }
  fmt::print("]}}\n");
  return 0;
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "";
  if (what == "latency" && count == 4)
    return snapshelf::MeasureLatency(std::stoul(arguments[2]), arguments[3]);
  if (what == "recall" && count == 3) return snapshelf::MeasureRecall(std::stoul(arguments[2]));
  fmt::print(stderr, "usage: change_bench latency COUNT FOLDER | recall COUNT\n");
  return 2;
}
