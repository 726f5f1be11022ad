// A store on disk, larger than its memory if wanted: import, restart, queries, filters, and updates
// beside queries. Three steps, so that a long import can go on where it was cut off, and that the
// queries meet a process that has just started:
//   store_bench import 30000000 FOLDER   once more after a stop: it goes on
//   store_bench truth 30000000 FOLDER    writes FOLDER.truth; by a scan of the generator's vectors
//   store_bench query 30000000 FOLDER > bench/results/store_30m.json
// FOLDER is left there.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "must.h"
#include "product_vectors.h"
#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

constexpr int kDim = ProductVectors::kDim;
constexpr std::size_t kQueries = 1000;
constexpr std::size_t kFilteredQueries = 100;
constexpr std::size_t kK = 10;
constexpr std::size_t kBatch = 10'000;
constexpr std::size_t kReport = 500'000;
constexpr std::size_t kFewGroups = 50'000;  // as kFewKeys of products/compiled_filter.h
constexpr std::size_t kUpdateShare = 100;   // one of so many is replaced

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
  return Must(EmbeddedIndex::Open(PosixFileSystem(), folder, {.model_id = "bench"}));
}

void AddPictures(EmbeddedIndex& index, const ProductVectors& source, std::size_t from,
                 std::size_t to) {
  const auto values = source.Pictures(from, to);
  std::vector<VectorRecord> records;
  for (std::size_t i = from; i < to; ++i)
    records.push_back({.id = i,
                       .group = source.ProductOf(i),
                       .values = {values.data() + (i - from) * kDim, kDim}});
  Must(index.Add(records));
}

/// One line for each half million in FOLDER.import, so that the figures of an import survive a
/// stop.
void Import(std::size_t count, const std::string& folder) {
  const ProductVectors source(count);
  const auto index = MustOpen(folder);
  std::ofstream journal(folder + ".import", std::ios::app);
  double wall = Seconds(CLOCK_MONOTONIC);
  double processor = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto report = [&](std::size_t rows) {
    const double wall_now = Seconds(CLOCK_MONOTONIC);
    const double processor_now = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    journal
        << fmt::format(
               R"({{"rows":{},"wall_s":{:.1f},"cpu_s":{:.1f},"anonymous_bytes":{},"peak_rss":{}}})",
               rows, wall_now - wall, processor_now - processor, StatusBytes("RssAnon"),
               StatusBytes("VmHWM"))
        << std::endl;
    wall = wall_now;
    processor = processor_now;
  };
  for (std::size_t from = index->stats().vectors; from < count; from += kBatch) {
    AddPictures(*index, source, from, std::min(count, from + kBatch));
    if ((from + kBatch) % kReport == 0) report(from + kBatch);
  }
  index->WaitUntilSettled();
  Must(index->Seal());
  report(count);
}

/// Which products a filter lets pass. Shares by chance, and categories, whose products are near
/// each other.
struct NamedFilter {
  std::string name;
  std::vector<char> passes;  ///< by product
};

std::vector<NamedFilter> MakeFilters(const ProductVectors& source) {
  std::vector<std::uint64_t> category(source.products());
  for (std::uint64_t p = 0; p < source.products(); ++p) category[p] = source.CategoryOf(p);
  std::vector<NamedFilter> filters;
  const auto add = [&](const std::string& name, const auto& passes) {
    filters.push_back({name, std::vector<char>(source.products())});
    for (std::uint64_t p = 0; p < source.products(); ++p) filters.back().passes[p] = passes(p);
  };
  for (const std::uint64_t one_of : {10, 100, 1000})
    add(fmt::format("by chance, {} %", 100.0 / static_cast<double>(one_of)),
        [&](std::uint64_t p) { return p * 0x9E3779B97F4A7C15 % one_of == 0; });
  const auto by_size = source.CategoriesByProducts();
  for (const std::size_t place : {1, 10, 100})
    add(fmt::format("category {} by size", place),
        [&](std::uint64_t p) { return category[p] == by_size[place]; });
  return filters;
}

double SharePassing(const NamedFilter& filter) {
  return static_cast<double>(std::ranges::count(filter.passes, 1)) /
         static_cast<double>(filter.passes.size());
}

std::vector<GroupId> GroupsOf(const NamedFilter& filter) {
  std::vector<GroupId> groups;
  for (GroupId group = 0; group < filter.passes.size(); ++group)
    if (filter.passes[group] != 0) groups.push_back(group);
  return groups;
}

using Ids = std::vector<std::uint64_t>;  // [queries, kK]

/// The nearest kK of those offered, best first; of each group the nearest.
class Best {
 public:
  void Offer(float score, std::uint64_t id, std::uint64_t group) {
    if (score <= scores_[kK - 1]) return;
    auto i = static_cast<std::size_t>(std::ranges::find(groups_, group) - groups_.begin());
    if (i < kK && score <= scores_[i]) return;
    for (i = std::min<std::size_t>(i, kK - 1); i > 0 && scores_[i - 1] < score; --i) {
      scores_[i] = scores_[i - 1];
      ids_[i] = ids_[i - 1];
      groups_[i] = groups_[i - 1];
    }
    scores_[i] = score;
    ids_[i] = id;
    groups_[i] = group;
  }
  [[nodiscard]] const std::array<std::uint64_t, kK>& ids() const { return ids_; }

 private:
  std::array<float, kK> scores_ = [] {
    std::array<float, kK> lowest{};
    lowest.fill(-2);
    return lowest;
  }();
  std::array<std::uint64_t, kK> ids_{};
  std::array<std::uint64_t, kK> groups_ = [] {
    std::array<std::uint64_t, kK> none{};
    none.fill(std::numeric_limits<std::uint64_t>::max());
    return none;
  }();
};

/// Truth of all queries, then that by products, then for each filter that of the first
/// kFilteredQueries.
void WriteTruth(std::size_t count, const std::string& folder) {
  const ProductVectors source(count);
  const auto queries = source.Queries(kQueries);
  const auto filters = MakeFilters(source);
  std::vector<Best> best(2 * kQueries + filters.size() * kFilteredQueries);
  constexpr std::size_t kTile = 500;  // half a megabyte: all queries look at it in the cache
  for (std::size_t from = 0; from < count; from += kTile) {
    const std::size_t to = std::min(count, from + kTile);
    const auto values = source.Pictures(from, to);
    std::vector<std::uint64_t> products;
    for (std::size_t i = from; i < to; ++i) products.push_back(source.ProductOf(i));
    std::atomic<std::size_t> next = 0;
    const auto scan = [&] {
      for (std::size_t q = next++; q < kQueries; q = next++)
        for (std::size_t i = from; i < to; ++i) {
          const float score =
              ActiveKernels().dot_f32(&queries[q * kDim], &values[(i - from) * kDim], kDim);
          const std::uint64_t product = products[i - from];
          best[q].Offer(score, i, i);
          best[kQueries + q].Offer(score, i, product);
          if (q >= kFilteredQueries) continue;
          for (std::size_t f = 0; f < filters.size(); ++f)
            if (filters[f].passes[product] != 0)
              best[2 * kQueries + f * kFilteredQueries + q].Offer(score, i, i);
        }
    };
    const std::jthread helper(scan);
    scan();
  }
  std::ofstream out(folder + ".truth", std::ios::binary);
  for (const Best& one : best)
    out.write(reinterpret_cast<const char*>(one.ids().data()), sizeof one.ids());
}

Ids ReadTruth(const std::string& folder) {
  std::ifstream in(folder + ".truth", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  Ids ids(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(std::uint64_t));
  if (ids.size() < 2 * kQueries * kK) {
    fmt::print(stderr, "{}.truth: missing or short; run the step 'truth' first\n", folder);
    std::exit(1);
  }
  return ids;
}

struct Timed {
  double recall = 0;
  double wall_p50_us = 0, wall_p99_us = 0, processor_p50_us = 0, processor_p99_us = 0;
};

double Percentile(std::vector<double>& values, std::size_t percent) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, values.size() * percent / 100)] * 1e6;
}

Timed MeasureOneByOne(const EmbeddedIndex& index, std::span<const float> queries,
                      std::span<const std::uint64_t> truth, const FindOptions& options) {
  std::vector<double> wall;
  std::vector<double> processor;
  std::size_t found = 0;
  const std::size_t count = queries.size() / kDim;
  for (std::size_t q = 0; q < count; ++q) {
    const double wall_start = Seconds(CLOCK_MONOTONIC);
    const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
    const auto hits = index.Find(queries.subspan(q * kDim, kDim), options);
    processor.push_back(Seconds(CLOCK_THREAD_CPUTIME_ID) - start);
    wall.push_back(Seconds(CLOCK_MONOTONIC) - wall_start);
    for (const Hit& hit : *hits) found += std::ranges::count(truth.subspan(q * kK, kK), hit.id);
  }
  return {.recall = static_cast<double>(found) / static_cast<double>(count * kK),
          .wall_p50_us = Percentile(wall, 50),
          .wall_p99_us = Percentile(wall, 99),
          .processor_p50_us = Percentile(processor, 50),
          .processor_p99_us = Percentile(processor, 99)};
}

std::string Json(const Timed& timed) {
  return fmt::format(
      R"("recall":{:.4f},"p50_us":{:.0f},"p99_us":{:.0f},"cpu_p50_us":{:.0f},"cpu_p99_us":{:.0f})",
      timed.recall, timed.wall_p50_us, timed.wall_p99_us, timed.processor_p50_us,
      timed.processor_p99_us);
}

constexpr FindOptions kUsual = {.k = kK, .one_per_group = false};

FindOptions WithReach(float reach) {
  FindOptions options = kUsual;
  options.reach = reach;
  return options;
}

FindOptions WithWindow(int window) {
  FindOptions options = kUsual;
  options.window = window;
  return options;
}

void MeasureEffort(const EmbeddedIndex& index, const std::vector<float>& queries,
                   std::span<const std::uint64_t> truth, const std::string& name,
                   const FindOptions& options) {
  const Timed timed = MeasureOneByOne(index, queries, truth, options);
  const double start = Seconds(CLOCK_MONOTONIC);
  static_cast<void>(index.FindBatch(queries, options));
  const double batch = Seconds(CLOCK_MONOTONIC) - start;
  fmt::print(" \"{}\":{{{},\"batch_qps\":{:.0f}}},\n", name, Json(timed), kQueries / batch);
  std::fflush(stdout);
}

/// By reach, and by windows of one size for all queries beside it.
void MeasureEfforts(const EmbeddedIndex& index, const std::vector<float>& queries,
                    std::span<const std::uint64_t> truth) {
  MeasureEffort(index, queries, truth, "default", kUsual);
  for (const float reach : {0.04F, 0.05F, 0.06F, 0.07F, 0.08F, 0.085F, 0.09F, 0.10F, 0.11F, 0.12F})
    MeasureEffort(index, queries, truth, fmt::format("reach_{:.3f}", reach), WithReach(reach));
  for (const int window : {64, 100, 200, 400, 800, 1600})
    MeasureEffort(index, queries, truth, fmt::format("window_{}", window), WithWindow(window));
}

/// As predicates, and as lists where they are short: a shop's filters come so (kFewKeys).
void MeasureFilters(const EmbeddedIndex& index, const ProductVectors& source,
                    const std::vector<float>& queries, std::span<const std::uint64_t> truth) {
  fmt::print(" \"filters\":[");
  const char* comma = "";
  for (const NamedFilter& filter : MakeFilters(source)) {
    const GroupFilter passes = [&](GroupId group) { return filter.passes[group] != 0; };
    FindOptions options = kUsual;
    options.filter = &passes;
    const auto some = std::span(queries).first(kFilteredQueries * kDim);
    fmt::print("{}\n  {{\"name\":\"{}\",\"passing\":{:.5f},{}", comma, filter.name,
               SharePassing(filter), Json(MeasureOneByOne(index, some, truth, options)));
    const std::vector<GroupId> groups = GroupsOf(filter);
    if (groups.size() <= kFewGroups) {
      options.filter = nullptr;
      options.only = VectorSet{.ids = {}, .groups = groups};
      fmt::print(",\"listed\":{{{}}}", Json(MeasureOneByOne(index, some, truth, options)));
    }
    fmt::print("}}");
    truth = truth.subspan(kFilteredQueries * kK);
    comma = ",";
    std::fflush(stdout);
  }
  fmt::print("],\n");
}

/// Replaces one of kUpdateShare vectors by itself, so that the truth stays, beside the queries.
void MeasureUpdates(EmbeddedIndex& index, const ProductVectors& source, std::size_t count,
                    const std::vector<float>& queries, std::span<const std::uint64_t> truth) {
  std::atomic<bool> done = false;
  const double start = Seconds(CLOCK_MONOTONIC);
  double seconds = 0;
  const std::size_t updates = count / kUpdateShare;
  std::jthread writer([&] {
    constexpr std::size_t kUpdateBatch = 1000;
    for (std::size_t from = 0; from < updates; from += kUpdateBatch)
      AddPictures(index, source, from, std::min(updates, from + kUpdateBatch));
    index.WaitUntilSettled();
    seconds = Seconds(CLOCK_MONOTONIC) - start;
    done = true;
  });
  std::vector<std::string> runs;
  while (!done) runs.push_back(Json(MeasureOneByOne(index, queries, truth, kUsual)));
  writer.join();
  const Timed after = MeasureOneByOne(index, queries, truth, kUsual);
  fmt::print(
      " \"updates\":{{\"count\":{},\"seconds\":{:.1f},\"rounds_of_queries\":{},"
      "\"beside\":{{{}}},\"after\":{{{}}}}},\n",
      updates, seconds, runs.size(), runs[runs.size() / 2], Json(after));
}

void Query(std::size_t count, const std::string& folder) {
  const ProductVectors source(count);
  const auto queries = source.Queries(kQueries);
  const Ids truth = ReadTruth(folder);
  const std::size_t before = StatusBytes("RssAnon");
  const double start = Seconds(CLOCK_MONOTONIC);
  const auto index = MustOpen(folder);
  const double opened = Seconds(CLOCK_MONOTONIC);
  static_cast<void>(index->Find({queries.data(), kDim}, kUsual));
  fmt::print("{{\"vectors\":{},\"dim\":{},\"isa\":\"{}\",\"kind\":\"{}\",\n",
             index->stats().vectors, kDim, ActiveKernels().name, index->stats().kind);
  fmt::print(" \"open_s\":{:.2f},\"first_answer_s\":{:.2f},\n", opened - start,
             Seconds(CLOCK_MONOTONIC) - start);
  index->WaitUntilSettled();
  const std::size_t memory = StatusBytes("RssAnon") - before;
  MeasureEfforts(*index, queries, truth);
  const auto by_product = std::span(truth).subspan(kQueries * kK);
  MeasureEffort(*index, queries, by_product, "products", {.k = kK});
  MeasureFilters(*index, source, queries, by_product.subspan(kQueries * kK));
  MeasureUpdates(*index, source, count, queries, truth);
  fmt::print(
      " \"memory_bytes_per_vector\":{:.1f},\"rss_anonymous_per_vector\":{:.1f},"
      "\"rss_file_per_vector\":{:.1f},\"peak_rss\":{},\"log_bytes\":{}}}\n",
      static_cast<double>(index->stats().memory_bytes) / static_cast<double>(count),
      static_cast<double>(memory) / static_cast<double>(count),
      static_cast<double>(StatusBytes("RssFile")) / static_cast<double>(count),
      StatusBytes("VmHWM"), index->log_bytes());
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  const std::string step = count == 4 ? arguments[1] : "";
  const std::size_t vectors = count == 4 ? std::strtoull(arguments[2], nullptr, 10) : 0;
  if (step == "import")
    snapshelf::Import(vectors, arguments[3]);
  else if (step == "truth")
    snapshelf::WriteTruth(vectors, arguments[3]);
  else if (step == "query")
    snapshelf::Query(vectors, arguments[3]);
  else
    fmt::print(stderr, "usage: {} import|truth|query VECTORS FOLDER\n", arguments[0]);
  return step.empty() ? 2 : 0;
}
