// Milvus through our client, and the embedded engine, over the same vectors and queries.
// milvus_bench.py runs it, beside pymilvus on the same server:
//   milvus_bench load COUNT FOLDER ENDPOINT   fills collection "bench", writes queries and truth
//   milvus_bench ask WINDOW FOLDER ENDPOINT   asks it
//   milvus_bench filters COUNT FOLDER ENDPOINT asks it for what few groups may answer
//   milvus_bench embedded COUNT FOLDER        asks a graph in memory, at several windows
// FOLDER/queries.f32: [queries, 256] float32. FOLDER/truth.i64: [queries, 10] ids of the nearest.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "product_vectors.h"
#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"
#include "search/milvus/milvus_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = ProductVectors::kDim;
constexpr std::size_t kQueries = 500;
constexpr int kNearest = 10;
constexpr std::size_t kBatch = 4'096;

double Seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <class Value>
Value Must(Result<Value> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

template <class Value>
void Write(const std::filesystem::path& path, const std::vector<Value>& values) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(Value)));
}

template <class Value>
std::vector<Value> Read(const std::filesystem::path& path) {
  std::vector<Value> values(std::filesystem::file_size(path) / sizeof(Value));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(Value)));
  return values;
}

void Import(const ProductVectors& source, std::size_t count,
            std::initializer_list<VectorIndex*> indexes) {
  for (std::size_t from = 0; from < count; from += kBatch) {
    const std::size_t to = std::min(count, from + kBatch);
    const auto values = source.Pictures(from, to);
    std::vector<VectorRecord> records;
    for (std::size_t i = from; i < to; ++i)
      records.push_back({.id = i,
                         .group = source.ProductOf(i),
                         .values = {values.data() + (i - from) * kDim, kDim}});
    for (VectorIndex* index : indexes) Must(index->Add(records));
  }
}

std::unique_ptr<MilvusIndex> Connect(const std::string& endpoint, int window) {
  return Must(MilvusIndex::Open({.endpoints = {endpoint},
                                 .user = "root",
                                 .password = "Milvus",
                                 .collection = "bench",
                                 .model_id = "bench",
                                 .index = {.window = window},
                                 .attempt_ms = 60'000,
                                 .deadline_ms = 60'000,
                                 .setup_deadline_ms = 1'800'000}));
}

void Load(std::size_t count, const std::filesystem::path& folder, const std::string& endpoint) {
  const ProductVectors source(count);
  const auto milvus = Connect(endpoint, 64);
  ExactIndex exact(kDim, Metric::kCosine);
  const double start = Seconds(CLOCK_MONOTONIC);
  Import(source, count, {milvus.get(), &exact});
  const double added = Seconds(CLOCK_MONOTONIC);
  Must(milvus->Settle());
  const double settled = Seconds(CLOCK_MONOTONIC);
  const auto queries = source.Queries(kQueries);
  std::vector<std::int64_t> truth;
  for (const auto& hits : Must(exact.FindBatch(queries, {.k = kNearest, .one_per_group = false})))
    for (const Hit& hit : hits) truth.push_back(static_cast<std::int64_t>(hit.id));
  Write(folder / "queries.f32", queries);
  Write(folder / "truth.i64", truth);
  fmt::print("{{\"vectors\":{},\"add_s\":{:.1f},\"index_s\":{:.1f}}}\n", count, added - start,
             settled - added);
}

/// Asks one query after the other, after a round that warms up, and prints what that took.
void Ask(const VectorIndex& index, int window, const std::filesystem::path& folder) {
  const auto queries = Read<float>(folder / "queries.f32");
  const auto truth = Read<std::int64_t>(folder / "truth.i64");
  const FindOptions find{.k = kNearest, .one_per_group = false, .window = window};
  std::vector<double> seconds;
  std::size_t found = 0;
  double processor = 0;
  for (const bool counts : {false, true}) {
    processor = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (std::size_t q = 0; q < kQueries; ++q) {
      const double before = Seconds(CLOCK_MONOTONIC);
      const auto hits = Must(index.Find(std::span(queries).subspan(q * kDim, kDim), find));
      if (!counts) continue;
      seconds.push_back(Seconds(CLOCK_MONOTONIC) - before);
      const auto nearest = std::span(truth).subspan(q * kNearest, kNearest);
      for (const Hit& hit : hits)
        found += std::ranges::count(nearest, static_cast<std::int64_t>(hit.id)) > 0 ? 1U : 0U;
    }
    processor = Seconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
  }
  const double total = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  std::ranges::sort(seconds);
  fmt::print(
      "{{\"window\":{},\"recall\":{:.4f},\"qps\":{:.1f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},"
      "\"processor_us\":{:.1f}}}\n",
      window, static_cast<double>(found) / (kQueries * kNearest), kQueries / total,
      seconds[kQueries / 2] * 1e3, seconds[kQueries * 99 / 100] * 1e3, processor / kQueries * 1e6);
}

/// Median milliseconds of some queries.
double AskSome(const VectorIndex& index, const std::filesystem::path& folder,
               const FindOptions& find) {
  constexpr std::size_t kSome = 20;
  const auto queries = Read<float>(folder / "queries.f32");
  std::vector<double> seconds;
  for (std::size_t q = 0; q < kSome; ++q) {
    const double before = Seconds(CLOCK_MONOTONIC);
    static_cast<void>(Must(index.Find(std::span(queries).subspan(q * kDim, kDim), find)));
    seconds.push_back(Seconds(CLOCK_MONOTONIC) - before);
  }
  std::ranges::sort(seconds);
  return seconds[kSome / 2] * 1e3;
}

/// The same groups as a predicate, which windows that grow are asked for, and as a list, which goes
/// to the server.
void AskFiltered(std::size_t count, const std::filesystem::path& folder,
                 const std::string& endpoint) {
  const ProductVectors source(count);
  const auto milvus = Connect(endpoint, 64);
  for (const std::uint64_t one_of : {10, 100, 1000}) {
    std::vector<GroupId> groups;
    for (GroupId group = 0; group < source.products(); group += one_of) groups.push_back(group);
    const GroupFilter passes = [&](GroupId group) { return group % one_of == 0; };
    const FindOptions by_predicate{.k = kNearest, .filter = &passes};
    const FindOptions by_list{.k = kNearest, .only = VectorSet{.ids = {}, .groups = groups}};
    fmt::print("{{\"groups\":{},\"of\":{},\"predicate_ms\":{:.1f},\"list_ms\":{:.1f}}}\n",
               groups.size(), source.products(), AskSome(*milvus, folder, by_predicate),
               AskSome(*milvus, folder, by_list));
  }
}

void AskEmbedded(std::size_t count, const std::filesystem::path& folder) {
  GraphIndex graph({.dim = kDim, .metric = Metric::kCosine});
  Import(ProductVectors(count), count, {&graph});
  graph.WaitUntilSettled();
  for (const int window : {32, 64, 128, 256}) Ask(graph, window, folder);
}

}  // namespace
}  // namespace snapshelf

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "load")
    snapshelf::Load(std::stoul(words[1]), words[2], words[3]);
  else if (words.size() == 4 && words[0] == "ask")
    snapshelf::Ask(*snapshelf::Connect(words[3], std::stoi(words[1])), std::stoi(words[1]),
                   words[2]);
  else if (words.size() == 4 && words[0] == "filters")
    snapshelf::AskFiltered(std::stoul(words[1]), words[2], words[3]);
  else if (words.size() == 3 && words[0] == "embedded")
    snapshelf::AskEmbedded(std::stoul(words[1]), words[2]);
  else
    return 2;
  return 0;
}
