// Ours against hnswlib in one process, on product-like vectors: recall@10 against queries a second
// at many settings of each, one thread and all cores, build time and bytes a vector.
//   build/release/bin/engine_bench 100000 > bench/results/engine_100k.json
// hnswlib gets our AVX-512 kernels: `float32`, and `int8` (codes of one scale, VNNI). All engines
// are asked in turn, so that what else the machine does meets all of them; single queries are timed
// by the processor time of their thread, batches and builds by the clock.

#include <fmt/format.h>
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "kernels/kernels.h"
#include "product_vectors.h"
#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = ProductVectors::kDim;
constexpr std::size_t kQueries = 1000;
constexpr std::size_t kK = 10;
constexpr int kRounds = 3;  // the best of them counts: the others were disturbed more

using Ids = std::vector<std::uint64_t>;

double Seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

int Cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Calls `work` for 0 .. count - 1 in all cores.
void InAllCores(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < Cores(); ++t)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    });
}

struct Data {
  std::vector<float> vectors;  // [count, kDim]
  std::vector<std::uint64_t> products;
  std::vector<float> queries;  // [kQueries, kDim]
  std::vector<Ids> truth;      // the nearest kK of each query
  [[nodiscard]] std::size_t count() const { return products.size(); }
  [[nodiscard]] const float* vector(std::size_t i) const { return vectors.data() + i * kDim; }
  [[nodiscard]] const float* query(std::size_t i) const { return queries.data() + i * kDim; }
};

Ids Nearest(const Data& data, const float* query) {
  std::vector<std::pair<float, std::uint64_t>> scored(data.count());
  for (std::size_t i = 0; i < data.count(); ++i)
    scored[i] = {-ActiveKernels().dot_f32(query, data.vector(i), kDim), i};
  const std::size_t k = std::min(kK, scored.size());
  std::ranges::partial_sort(scored, scored.begin() + static_cast<std::ptrdiff_t>(k));
  Ids ids;
  for (std::size_t i = 0; i < k; ++i) ids.push_back(scored[i].second);
  return ids;
}

/// All of a file; empty if it is not there.
std::vector<float> ReadFloats(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  std::vector<float> values(static_cast<std::size_t>(in.tellg()) / sizeof(float));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

/// The first `count` vectors of `folder`, or of the generator.
Data Make(std::size_t count, const std::string& folder) {
  const ProductVectors source(count);
  Data data{.vectors = ReadFloats(folder + "/vectors.f32"),
            .queries = ReadFloats(folder + "/queries.f32")};
  const bool read = data.vectors.size() >= count * kDim && data.queries.size() >= kQueries * kDim;
  if (!read) data = {.vectors = source.Pictures(0, count), .queries = source.Queries(kQueries)};
  data.vectors.resize(count * kDim);
  for (std::size_t i = 0; i < count; ++i) data.products.push_back(read ? i : source.ProductOf(i));
  data.truth.resize(kQueries);
  InAllCores(kQueries, [&](std::size_t i) { data.truth[i] = Nearest(data, data.query(i)); });
  return data;
}

struct Engine {
  std::string name;
  std::vector<int> efforts;
  double build_s = 0;
  double build_cpu_s = 0;
  double bytes_per_vector = 0;
  std::function<Ids(const float* query, int effort)> find;
};

struct Point {
  int effort = 0;
  double recall = 0;
  double qps = 0;
  double p50_us = 0;
  double p99_us = 0;
  double batch_qps = 0;
};

void MeasureSingle(const Engine& engine, const Data& data, Point& point) {
  std::vector<double> times;
  std::size_t found = 0;
  double total = 0;
  for (std::size_t i = 0; i < kQueries; ++i) {
    const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
    const Ids ids = engine.find(data.query(i), point.effort);
    times.push_back(Seconds(CLOCK_THREAD_CPUTIME_ID) - start);
    total += times.back();
    for (const auto id : ids) found += std::ranges::count(data.truth[i], id);
  }
  std::ranges::sort(times);
  point.recall = static_cast<double>(found) / (kQueries * kK);
  if (kQueries / total < point.qps) return;
  point.qps = kQueries / total;
  point.p50_us = times[kQueries / 2] * 1e6;
  point.p99_us = times[kQueries * 99 / 100] * 1e6;
}

void MeasureBatch(const Engine& engine, const Data& data, Point& point) {
  const double start = Seconds(CLOCK_MONOTONIC);
  InAllCores(2 * kQueries, [&](std::size_t i) {
    static_cast<void>(engine.find(data.query(i % kQueries), point.effort));
  });
  point.batch_qps = std::max(point.batch_qps, 2 * kQueries / (Seconds(CLOCK_MONOTONIC) - start));
}

Engine Ours(const Data& data, std::unique_ptr<GraphIndex>& index) {
  index = std::make_unique<GraphIndex>(GraphOptions{.dim = kDim});
  const double wall = Seconds(CLOCK_MONOTONIC);
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  constexpr std::size_t kBatch = 10'000;
  for (std::size_t from = 0; from < data.count(); from += kBatch) {
    std::vector<VectorRecord> records;
    for (std::size_t i = from; i < std::min(data.count(), from + kBatch); ++i)
      records.push_back({.id = i, .group = data.products[i], .values = {data.vector(i), kDim}});
    if (!index->Add(records)) std::abort();
  }
  index->WaitUntilSettled();
  return {.name = "snapshelf",
          .efforts = {5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120},  // reach, in thousandths
          .build_s = Seconds(CLOCK_MONOTONIC) - wall,
          .build_cpu_s = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
          .bytes_per_vector =
              static_cast<double>(index->stats().memory_bytes) / static_cast<double>(data.count()),
          .find = [&index](const float* query, int effort) {
            const auto hits = index->Find(
                {query, kDim},
                {.k = kK, .one_per_group = false, .reach = static_cast<float>(effort) / 1000});
            Ids ids;
            for (const Hit& hit : *hits) ids.push_back(hit.id);
            return ids;
          }};
}

/// hnswlib's float32 with our kernel.
struct FloatSpace final : hnswlib::SpaceInterface<float> {
  std::size_t get_data_size() override { return kDim * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return &Distance; }
  void* get_dist_func_param() override { return nullptr; }
  static float Distance(const void* a, const void* b, const void*) {
    return 1 - ActiveKernels().dot_f32(static_cast<const float*>(a), static_cast<const float*>(b),
                                       kDim);
  }
};

/// Bytes of one scale for all vectors.
struct ByteSpace final : hnswlib::SpaceInterface<float> {
  std::size_t get_data_size() override { return kDim; }
  hnswlib::DISTFUNC<float> get_dist_func() override { return &Distance; }
  void* get_dist_func_param() override { return nullptr; }
  static float Distance(const void* a, const void* b, const void*) {
    return -static_cast<float>(ActiveKernels().dot_i8(static_cast<const std::int8_t*>(a),
                                                      static_cast<const std::int8_t*>(b), kDim));
  }
};

template <class Space>
struct Hnsw {
  explicit Hnsw(std::size_t count) : graph(&space, count, 16, 200) {}
  Space space;
  hnswlib::HierarchicalNSW<float> graph;
};

template <class Space>
Engine MakeHnsw(std::string name, const Data& data, std::unique_ptr<Hnsw<Space>>& hnsw,
                std::function<const void*(const float*)> encode) {
  hnsw = std::make_unique<Hnsw<Space>>(data.count());
  const double wall = Seconds(CLOCK_MONOTONIC);
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  hnsw->graph.addPoint(encode(data.vector(0)), 0);
  InAllCores(data.count() - 1,
             [&](std::size_t i) { hnsw->graph.addPoint(encode(data.vector(i + 1)), i + 1); });
  const auto& graph = hnsw->graph;
  return {.name = std::move(name),
          .efforts = {10, 14, 18, 24, 32, 48, 64, 96, 128, 200, 300, 400},
          .build_s = Seconds(CLOCK_MONOTONIC) - wall,
          .build_cpu_s = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
          // Upper layers, the mutex, the level and the label map's node besides.
          .bytes_per_vector = static_cast<double>(graph.size_data_per_element_) + 4.5 + 40 + 4 + 40,
          .find = [&hnsw, encode](const float* query, int effort) {
            hnsw->graph.ef_ = static_cast<std::size_t>(effort);
            auto found = hnsw->graph.searchKnn(encode(query), kK);
            Ids ids;
            for (; !found.empty(); found.pop()) ids.push_back(found.top().second);
            return ids;
          }};
}

const void* AsBytes(const float* values) {
  thread_local std::int8_t bytes[kDim];
  constexpr float kRange = 0.35F;  // the largest values of unit vectors of 256 values, about
  for (int i = 0; i < kDim; ++i)
    bytes[i] =
        static_cast<std::int8_t>(std::lrint(std::clamp(values[i] / kRange, -1.0F, 1.0F) * 127));
  return bytes;
}

void Print(const Engine& engine, const std::vector<Point>& points, bool last) {
  fmt::print(
      "  {{\"name\":\"{}\",\"build_s\":{:.1f},\"build_cpu_s\":{:.1f},\"bytes_per_vector\":{:.0f},\n"
      "   \"points\":[",
      engine.name, engine.build_s, engine.build_cpu_s, engine.bytes_per_vector);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& p = points[i];
    fmt::print(
        "{}\n    {{\"effort\":{},\"recall\":{:.4f},\"qps\":{:.0f},\"p50_us\":{:.1f},"
        "\"p99_us\":{:.1f},\"batch_qps\":{:.0f}}}",
        i == 0 ? "" : ",", p.effort, p.recall, p.qps, p.p50_us, p.p99_us, p.batch_qps);
  }
  fmt::print("]}}{}\n", last ? "" : ",");
}

/// Queries a second at exactly that recall, interpolated between the two settings around it; 0 if
/// it was not reached.
double QpsAt(const std::vector<Point>& points, double recall, double Point::* qps) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].recall < recall) continue;
    if (i == 0) return points[0].*qps;
    const Point& a = points[i - 1];
    const Point& b = points[i];
    const double share = (recall - a.recall) / (b.recall - a.recall);
    return a.*qps + share * (b.*qps - a.*qps);
  }
  return 0;
}

/// Recall@10 and time under filters that let about that share of the products pass: by chance, or
/// the products of some categories (correlated: they lie together, mostly far from the query).
void PrintFilters(const GraphIndex& index, const Data& data, const ProductVectors& source) {
  const std::vector<std::uint64_t> order = source.CategoriesByProducts();
  std::vector<int> rank(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<int>(i);
  struct Case {
    const char* name;
    GroupFilter filter;
  };
  const auto chance = [](std::uint64_t of) {
    return [of](GroupId group) { return (group * 0x9E3779B97F4A7C15 >> 33) % of == 0; };
  };
  const auto categories = [&](int from, int to) {
    return [&, from, to](GroupId group) {
      const int r = rank[source.CategoryOf(group)];
      return r >= from && r < to;
    };
  };
  const Case cases[] = {{"chance 10%", chance(10)},
                        {"chance 1%", chance(100)},
                        {"chance 0.1%", chance(1000)},
                        {"largest category", categories(0, 1)},
                        {"second category", categories(1, 2)},
                        {"5th category", categories(4, 5)},
                        {"30th category", categories(29, 30)},
                        {"200th category", categories(199, 200)},
                        {"small categories", categories(100, 1000)}};
  fmt::print(" \"filters\":[");
  bool first = true;
  for (const Case& one : cases) {
    // The predicate is made a bitmap, as the products module does.
    std::vector<bool> passes(source.products());
    for (std::size_t g = 0; g < passes.size(); ++g) passes[g] = one.filter(g);
    const GroupFilter filter = [&](GroupId group) { return passes[group]; };
    std::vector<float> passing;
    Data subset;
    Ids ids;
    for (std::size_t i = 0; i < data.count(); ++i) {
      if (!filter(data.products[i])) continue;
      subset.vectors.insert(subset.vectors.end(), data.vector(i), data.vector(i) + kDim);
      subset.products.push_back(i);
    }
    constexpr std::size_t kFilterQueries = 200;
    std::size_t found = 0;
    std::size_t wanted = 0;
    double seconds = 0;
    for (std::size_t q = 0; q < kFilterQueries; ++q) {
      const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
      const auto hits =
          index.Find({data.query(q), kDim}, {.k = kK, .filter = &filter, .one_per_group = false});
      seconds += Seconds(CLOCK_THREAD_CPUTIME_ID) - start;
      const Ids truth = Nearest(subset, data.query(q));
      wanted += truth.size();
      for (const auto place : truth)
        found += std::ranges::count(*hits, subset.products[place], &Hit::id);
    }
    fmt::print("{}\n  {{\"filter\":\"{}\",\"share\":{:.5f},\"recall\":{:.4f},\"ms\":{:.3f}}}",
               first ? "" : ",", one.name,
               static_cast<double>(subset.count()) / static_cast<double>(data.count()),
               static_cast<double>(found) / static_cast<double>(wanted),
               seconds / kFilterQueries * 1000);
    first = false;
  }
  fmt::print("],\n");
}

/// Writes `values` as they lie in memory.
template <class T>
void Dump(const std::string& path, const std::vector<T>& values) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr ||
      std::fwrite(values.data(), sizeof(T), values.size(), file) != values.size() ||
      std::fclose(file) != 0)
    std::exit(1);
}

/// For peers in other languages: vectors.f32, queries.f32 and truth.u64 in `folder`.
void DumpData(const Data& data, const std::string& folder) {
  Dump(folder + "/vectors.f32", data.vectors);
  Dump(folder + "/queries.f32", data.queries);
  Ids truth;
  for (const Ids& ids : data.truth) truth.insert(truth.end(), ids.begin(), ids.end());
  Dump(folder + "/truth.u64", truth);
}

void Run(std::size_t count, bool ours_only, const std::string& folder) {
  const Data data = Make(count, folder);
  if (!folder.empty()) DumpData(data, folder);
  std::unique_ptr<GraphIndex> index;
  std::unique_ptr<Hnsw<FloatSpace>> floats;
  std::unique_ptr<Hnsw<ByteSpace>> bytes;
  std::vector<Engine> engines = {Ours(data, index)};
  if (!ours_only) {
    engines.push_back(MakeHnsw<ByteSpace>("hnswlib int8", data, bytes, AsBytes));
    engines.push_back(MakeHnsw<FloatSpace>("hnswlib float32", data, floats,
                                           [](const float* values) { return values; }));
  }
  std::fprintf(stderr, "built\n");
  std::vector<std::vector<Point>> points(engines.size());
  for (std::size_t e = 0; e < engines.size(); ++e)
    for (const int effort : engines[e].efforts) points[e].push_back({.effort = effort});
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t p = 0; p < points[0].size(); ++p)
      for (std::size_t e = 0; e < engines.size(); ++e) {
        MeasureSingle(engines[e], data, points[e][p]);
        MeasureBatch(engines[e], data, points[e][p]);
      }
  fmt::print("{{\"vectors\":{},\"dim\":{},\"isa\":\"{}\",\"cores\":{},\"engines\":[\n", count, kDim,
             ActiveKernels().name, Cores());
  std::fflush(stdout);
  for (std::size_t e = 0; e < engines.size(); ++e)
    Print(engines[e], points[e], e + 1 == engines.size());
  fmt::print(" ],\n");
  PrintFilters(*index, data, ProductVectors(count));
  fmt::print(" \"ours_over\":{{");
  for (std::size_t e = 1; e < engines.size(); ++e) {
    fmt::print("{}\n  \"{}\":{{", e == 1 ? "" : ",", engines[e].name);
    for (const double recall : {0.95, 0.99}) {
      const auto ratio = [&](double Point::* qps) {
        const double theirs = QpsAt(points[e], recall, qps);
        return theirs > 0 ? QpsAt(points[0], recall, qps) / theirs : 0;
      };
      fmt::print("\"recall_{:.0f}\":{{\"qps\":{:.2f},\"batch_qps\":{:.2f}}},", recall * 100,
                 ratio(&Point::qps), ratio(&Point::batch_qps));
    }
    fmt::print("\"build\":{:.2f},\"build_cpu\":{:.2f}}}", engines[e].build_s / engines[0].build_s,
               engines[e].build_cpu_s / engines[0].build_cpu_s);
  }
  fmt::print("}}}}\n");
}

}  // namespace
}  // namespace snapshelf

// engine_bench COUNT [--ours] [FOLDER]: --ours without hnswlib. FOLDER has vectors.f32 and
// queries.f32, or gets those of the generator; it gets truth.u64 for other peers.
int main(int count, char** arguments) {
  if (count < 2) return 2;
  const bool ours_only = count > 2 && std::string(arguments[2]) == "--ours";
  const int folder = ours_only ? 3 : 2;
  snapshelf::Run(std::strtoull(arguments[1], nullptr, 10), ours_only,
                 count > folder ? arguments[folder] : "");
  return 0;
}
