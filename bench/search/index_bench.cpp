// Exact scan against graph: time for one Find, recall, build time and memory, at several sizes; and
// the time to open a stored index. The figures of docs/design/0002-vector-index.md come from it:
//   build/release/bin/index_bench 10000 50000 100000
// Prints one JSON line for each size. Times are of the processor, which a busy machine changes
// little, except where a name says wall.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <unordered_set>
#include <vector>

#include "kernels/kernels.h"
#include "search/embedded/embedded_index.h"
#include "search/exact/exact_index.h"
#include "search/graph/graph_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = 256;
constexpr int kQueries = 200;
constexpr int kLatentDim = 24;  // product embeddings fill few of their dimensions

double NowMs(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}
double WallMs() {
  return NowMs(CLOCK_MONOTONIC);
}
double ThreadMs() {
  return NowMs(CLOCK_THREAD_CPUTIME_ID);
}
double ProcessMs() {
  return NowMs(CLOCK_PROCESS_CPUTIME_ID);
}

/// Unit vectors around 1 centre for each 50 of them, in a random subspace plus a little noise: each
/// product has look-alikes, as in a catalog.
class Catalog {
 public:
  explicit Catalog(std::size_t count) : random_(42) {
    basis_ = Normals(std::size_t{kLatentDim} * kDim);
    centres_ = Normals((count / 50 + 1) * kLatentDim);
  }

  std::vector<float> Vectors(std::size_t count) {
    std::vector<float> values(count * kDim);
    for (std::size_t i = 0; i < count; ++i) Fill(std::span(values).subspan(i * kDim, kDim));
    return values;
  }

 private:
  std::vector<float> Normals(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = normal_(random_);
    return values;
  }

  void Fill(std::span<float> out) {
    const std::size_t centre = random_() % (centres_.size() / kLatentDim) * kLatentDim;
    for (int l = 0; l < kLatentDim; ++l) {
      const float latent = centres_[centre + l] + 0.5F * normal_(random_);
      for (int d = 0; d < kDim; ++d) out[d] += latent * basis_[std::size_t(l) * kDim + d];
    }
    float squared = 0;
    for (float& value : out) {
      value += 0.3F * normal_(random_);
      squared += value * value;
    }
    for (float& value : out) value /= std::sqrt(squared);
  }

  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::vector<float> basis_;    // [kLatentDim, kDim]
  std::vector<float> centres_;  // [centres, kLatentDim]
};

void AddAll(VectorIndex& index, const std::vector<float>& values) {
  constexpr std::size_t kBatch = 1000;
  std::vector<VectorRecord> batch;
  for (std::size_t i = 0; i * kDim < values.size(); ++i) {
    batch.push_back({.id = i, .group = i / 4, .values = {values.data() + i * kDim, kDim}});
    if (batch.size() < kBatch && (i + 1) * kDim < values.size()) continue;
    if (!index.Add(batch)) std::abort();
    batch.clear();
  }
}

struct Run {
  std::vector<std::vector<Hit>> answers;
  double p50_ms = 0;
  double p99_ms = 0;
};

Run FindAll(const VectorIndex& index, const std::vector<float>& queries,
            const FindOptions& options) {
  Run run;
  std::vector<double> times;
  for (int i = 0; i < kQueries; ++i) {
    const double start = ThreadMs();
    auto hits = index.Find({queries.data() + std::size_t(i) * kDim, kDim}, options);
    times.push_back(ThreadMs() - start);
    if (!hits) std::abort();
    run.answers.push_back(std::move(*hits));
  }
  std::ranges::sort(times);
  run.p50_ms = times[times.size() / 2];
  run.p99_ms = times[times.size() * 99 / 100];
  return run;
}

double Recall(const Run& truth, const Run& run) {
  std::size_t found = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < truth.answers.size(); ++i) {
    std::unordered_set<VectorId> ids;
    for (const Hit& hit : truth.answers[i]) ids.insert(hit.id);
    for (const Hit& hit : run.answers[i]) found += ids.count(hit.id);
    all += ids.size();
  }
  return static_cast<double>(found) / static_cast<double>(all);
}

std::unique_ptr<EmbeddedIndex> OpenStore(const std::filesystem::path& folder) {
  auto opened = EmbeddedIndex::Open(PosixFileSystem(), folder, {.kind = IndexKind::kExact});
  if (!opened) std::abort();
  return std::move(*opened);
}

void MeasureOpen(const std::vector<float>& values) {
  const auto folder = std::filesystem::temp_directory_path() / "snapshelf-index-bench";
  std::filesystem::remove_all(folder);
  AddAll(*OpenStore(folder), values);
  const double wall = WallMs();
  const double cpu = ThreadMs();
  const auto index = OpenStore(folder);
  fmt::print(",\"open_ms\":{:.0f},\"open_wall_ms\":{:.0f},\"log_bytes\":{}", ThreadMs() - cpu,
             WallMs() - wall, index->log_bytes() * kDim / values.size());
  std::filesystem::remove_all(folder);
}

void Measure(std::size_t count) {
  Catalog catalog(count);
  const auto values = catalog.Vectors(count);
  const auto queries = catalog.Vectors(kQueries);
  ExactIndex exact(kDim, Metric::kCosine);
  AddAll(exact, values);
  GraphIndex graph({.dim = kDim});
  const double start = ProcessMs();
  AddAll(graph, values);
  graph.WaitUntilSettled();
  const double build_s = (ProcessMs() - start) / 1000;

  fmt::print("{{\"vectors\":{},\"isa\":\"{}\",\"build_s\":{:.1f}", count, ActiveKernels().name,
             build_s);
  fmt::print(",\"exact_bytes\":{},\"graph_bytes\":{}", exact.stats().memory_bytes / count,
             graph.stats().memory_bytes / count);
  const GroupFilter tenth = [](GroupId group) { return group % 10 == 3; };
  const GroupFilter hundredth = [](GroupId group) { return group % 100 == 3; };
  const std::pair<const char*, FindOptions> cases[] = {
      {"k10", {.k = 10, .one_per_group = false}},
      {"k28_grouped", {.k = 28}},
      {"k28_tenth", {.k = 28, .filter = &tenth}},
      {"k28_hundredth", {.k = 28, .filter = &hundredth}},
  };
  for (const auto& [name, options] : cases) {
    const Run truth = FindAll(exact, queries, options);
    const Run run = FindAll(graph, queries, options);
    fmt::print(
        ",\"{}\":{{\"exact_ms\":[{:.3f},{:.3f}],\"graph_ms\":[{:.3f},{:.3f}],"
        "\"recall\":{:.4f}}}",
        name, truth.p50_ms, truth.p99_ms, run.p50_ms, run.p99_ms, Recall(truth, run));
  }
  MeasureOpen(values);
  fmt::print("}}\n");
  std::fflush(stdout);
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) snapshelf::Measure(std::strtoull(arguments[i], nullptr, 10));
  return 0;
}
