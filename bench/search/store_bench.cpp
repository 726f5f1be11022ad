// A store on disk from import to restart: insertion rate, sealing, start to the first answer,
// memory, recall and latency of the mapped store.
//   build/release/bin/store_bench 1000000 FOLDER > bench/results/store_1m.json
// FOLDER must not exist; it is left there.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "kernels/kernels.h"
#include "product_vectors.h"
#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = ProductVectors::kDim;
constexpr std::size_t kQueries = 1000;
constexpr std::size_t kBatch = 10'000;

double Seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// In bytes, of this process: "RssAnon", "RssFile", "VmHWM".
std::size_t StatusBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1)) * 1024;
  return 0;
}

std::unique_ptr<EmbeddedIndex> MustOpen(const std::string& folder) {
  auto index = EmbeddedIndex::Open(PosixFileSystem(), folder, {.model_id = "bench"});
  if (!index) {
    std::fprintf(stderr, "%s\n", index.error().message.c_str());
    std::exit(1);
  }
  return std::move(*index);
}

void Must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(1);
}

void Import(const ProductVectors& source, std::size_t count, const std::string& folder) {
  const auto index = MustOpen(folder);
  double adding = 0;
  const double start = Seconds(CLOCK_MONOTONIC);
  for (std::size_t from = 0; from < count; from += kBatch) {
    const std::size_t to = std::min(count, from + kBatch);
    const auto values = source.Pictures(from, to);
    std::vector<VectorRecord> records;
    for (std::size_t i = from; i < to; ++i)
      records.push_back({.id = i,
                         .group = source.ProductOf(i),
                         .values = {values.data() + (i - from) * kDim, kDim}});
    const double before = Seconds(CLOCK_MONOTONIC);
    Must(index->Add(records));
    adding += Seconds(CLOCK_MONOTONIC) - before;
  }
  index->WaitUntilSettled();
  const double settled = Seconds(CLOCK_MONOTONIC);
  Must(index->Seal());
  fmt::print(
      "\"add_s\":{:.1f},\"import_s\":{:.1f},\"last_seal_s\":{:.1f},\n \"import_peak_bytes\":{},"
      "\"anonymous_bytes\":{},\n",
      adding, settled - start, Seconds(CLOCK_MONOTONIC) - settled, StatusBytes("VmHWM"),
      StatusBytes("RssAnon"));
}

void MeasureQueries(const EmbeddedIndex& index, const std::vector<float>& queries,
                    const std::vector<std::vector<std::uint64_t>>& truth) {
  for (const int window : {0, 64, 100, 200}) {
    std::vector<double> times;
    double total = 0;
    std::size_t found = 0;
    for (std::size_t q = 0; q < kQueries; ++q) {
      const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
      const auto hits = index.Find({&queries[q * kDim], kDim},
                                   {.k = 10, .one_per_group = false, .window = window});
      times.push_back(Seconds(CLOCK_THREAD_CPUTIME_ID) - start);
      total += times.back();
      for (const Hit& hit : *hits) found += std::ranges::count(truth[q], hit.id);
    }
    std::ranges::sort(times);
    const double start = Seconds(CLOCK_MONOTONIC);
    static_cast<void>(
        index.FindBatch(queries, {.k = 10, .one_per_group = false, .window = window}));
    const double batch = Seconds(CLOCK_MONOTONIC) - start;
    fmt::print(
        " \"window_{}\":{{\"recall\":{:.4f},\"qps\":{:.0f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"batch_qps\":{:.0f}}},\n",
        window, static_cast<double>(found) / (kQueries * 10.0), kQueries / total,
        times[kQueries / 2] * 1e6, times[kQueries * 99 / 100] * 1e6, kQueries / batch);
  }
}

/// The nearest ten of every query, by a scan of the generator's vectors.
std::vector<std::vector<std::uint64_t>> Truth(const ProductVectors& source, std::size_t count,
                                              const std::vector<float>& queries) {
  using Scored = std::pair<float, std::uint64_t>;
  std::vector<std::vector<Scored>> best(kQueries);
  for (std::size_t from = 0; from < count; from += kBatch) {
    const std::size_t to = std::min(count, from + kBatch);
    const auto values = source.Pictures(from, to);
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t q = t; q < kQueries; q += 2) {
          for (std::size_t i = from; i < to; ++i)
            best[q].push_back(
                {-ActiveKernels().dot_f32(&queries[q * kDim], &values[(i - from) * kDim], kDim),
                 i});
          std::ranges::partial_sort(best[q], best[q].begin() + 10);
          best[q].resize(10);
        }
      });
  }
  std::vector<std::vector<std::uint64_t>> ids(kQueries);
  for (std::size_t q = 0; q < kQueries; ++q)
    for (const auto& [score, id] : best[q]) ids[q].push_back(id);
  return ids;
}

void Run(std::size_t count, const std::string& folder) {
  const ProductVectors source(count);
  fmt::print("{{\"vectors\":{},\"dim\":{},\"isa\":\"{}\",\n ", count, kDim, ActiveKernels().name);
  Import(source, count, folder);
  const auto queries = source.Queries(kQueries);
  const std::size_t before = StatusBytes("RssAnon");
  const double start = Seconds(CLOCK_MONOTONIC);
  const auto index = MustOpen(folder);
  const double opened = Seconds(CLOCK_MONOTONIC);
  static_cast<void>(index->Find({queries.data(), kDim}, {.k = 10}));
  fmt::print(" \"open_s\":{:.2f},\"first_answer_s\":{:.2f},\n", opened - start,
             Seconds(CLOCK_MONOTONIC) - start);
  index->WaitUntilSettled();
  std::fflush(stdout);
  const std::size_t memory = StatusBytes("RssAnon") - before;
  const auto truth = Truth(source, count, queries);
  MeasureQueries(*index, queries, truth);
  fmt::print(
      " \"memory_bytes_per_vector\":{:.1f},\"rss_anonymous_per_vector\":{:.1f},"
      "\"rss_file_per_vector\":{:.1f},\"log_bytes\":{}}}\n",
      static_cast<double>(index->stats().memory_bytes) / static_cast<double>(count),
      static_cast<double>(memory) / static_cast<double>(count),
      static_cast<double>(StatusBytes("RssFile")) / static_cast<double>(count), index->log_bytes());
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  if (count < 3) return 2;
  snapshelf::Run(std::strtoull(arguments[1], nullptr, 10), arguments[2]);
  return 0;
}
