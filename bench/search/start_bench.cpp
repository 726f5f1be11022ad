// The start of a store: seconds from opening to the first answer, of a process that has just begun
// and a store that is not in the system's cache. A store of any size is made in minutes, by chance:
// its files are as long as those of an import that takes an hour, and read alike.
//   start_bench make 30000000 FOLDER
//   start_bench change 300000 FOLDER     adds vectors that the log keeps: no sealing follows
//   start_bench open 30000000 FOLDER     prints one line of JSON; start.py asks two builds in turns

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "must.h"
#include "product_vectors.h"
#include "search/embedded/embedded_index.h"
#include "search/embedded/segment_files.h"
#include "search/embedded/vector_records.h"
#include "storage/log.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

constexpr int kDim = ProductVectors::kDim;
constexpr std::uint32_t kSegmentChunks = 488;  // two million rows, as sealings write them
constexpr std::size_t kEdges = 24;             // of a row, about as many as a build makes
constexpr std::size_t kChunkRows = VectorTable::kChunkRows;
const std::string kModel = "bench";

/// Names are those of the generator; all chunks have the same vectors.
std::shared_ptr<VectorTable> MakeTable(const ProductVectors& source, std::size_t rows) {
  const auto values = std::make_shared<std::vector<float>>(source.Pictures(0, kChunkRows));
  std::vector<VectorTable::SealedChunk> chunks;
  for (std::size_t first = 0; first < rows; first += kChunkRows) {
    const auto names = std::make_shared<std::vector<std::uint64_t>>(2 * kChunkRows);
    for (std::size_t i = 0; i < kChunkRows; ++i) {
      (*names)[i] = first + i;
      (*names)[kChunkRows + i] = source.ProductOf(first + i);
    }
    chunks.push_back(
        {.values = values->data(),
         .ids = names->data(),
         .groups = names->data() + kChunkRows,
         .owner = std::make_shared<std::pair<decltype(values), decltype(names)>>(values, names)});
  }
  auto table = std::make_shared<VectorTable>(kDim, Metric::kCosine);
  table->Attach(chunks, std::vector<std::uint64_t>(rows / 64));
  return table;
}

std::unique_ptr<FlatGraph> MakeGraph(Row rows) {
  auto graph =
      FlatGraph::Create(Codec(kDim, Metric::kCosine, std::vector<float>(kDim), /*longest=*/1.2F));
  graph->GrowTo(rows);
  const GraphRows& arrays = graph->rows();
  const std::size_t words = graph->codec().plane_bytes() / sizeof(std::uint64_t);
  std::mt19937_64 random(1);
  for (Row row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < words; ++i) {
      reinterpret_cast<std::uint64_t*>(arrays.upper(row))[i] = random();
      reinterpret_cast<std::uint64_t*>(arrays.lower(row))[i] = random();
    }
    arrays.terms(row) = {.scale = 0.001F, .norm2 = 1};
    arrays.CarryScale(row);
    for (std::size_t i = 0; i < kEdges; ++i)
      arrays.slots(row)[i].store(static_cast<Row>(random() % rows) + 1, std::memory_order_relaxed);
  }
  return graph;
}

void Make(std::size_t rows, const fs::path& folder) {
  FileSystem& files = PosixFileSystem();
  Must(files.CreateDirectories(folder / "sealed"));
  const ProductVectors source(rows);
  const auto table = MakeTable(source, rows);
  const VectorTable::View view = table->view();
  const auto graph = MakeGraph(static_cast<Row>(rows));

  const SegmentFiles segments(files, folder / "sealed", kDim, Metric::kCosine);
  LoggedSegments logged{
      .graph = 1, .rows = {}, .dropped = {}, .dead = DeadBits(view, static_cast<Row>(rows))};
  const auto chunks = static_cast<std::uint32_t>(rows / kChunkRows);
  for (std::uint32_t first = 0; first < chunks; first += kSegmentChunks) {
    logged.rows.push_back({.number = 2 + logged.rows.size(),
                           .first_chunk = first,
                           .chunks = std::min(kSegmentChunks, chunks - first)});
    Must(segments.WriteRows(logged.rows.back(), view));
  }
  Must(segments.WriteGraph(
      1, {.graph = *graph, .view = view, .rows = static_cast<Row>(rows), .trained_rows = rows}));
  Must(segments.SyncFolder());
  const auto log = Must(RecordLog::Open(files, folder / "vectors.log",
                                        [](std::span<const std::byte>) { return Status{}; }));
  const RecordBytes meta =
      EncodeMeta({.dim = kDim, .metric = Metric::kCosine, .model_id = kModel}, true);
  const RecordBytes named = EncodeSegments(logged);
  Must(log->Append(std::vector<std::span<const std::byte>>{meta, named}));
}

/// As batches of an import come into the log, without the index that would seal them some time.
void Change(std::size_t count, const fs::path& folder) {
  constexpr std::size_t kBatch = 1000;
  const ProductVectors source(count);
  const auto log = Must(RecordLog::Open(PosixFileSystem(), folder / "vectors.log",
                                        [](std::span<const std::byte>) { return Status{}; }));
  for (std::size_t from = 0; from < count; from += kBatch) {
    const std::size_t to = std::min(count, from + kBatch);
    const auto values = source.Pictures(from, to);
    std::vector<RecordBytes> records;
    for (std::size_t i = from; i < to; ++i)
      records.push_back(EncodeAdd({.id = i * 97,  // spread over the store
                                   .group = source.ProductOf(i),
                                   .values = {values.data() + (i - from) * kDim, kDim}}));
    Must(log->Append(std::vector<std::span<const std::byte>>(records.begin(), records.end())));
  }
}

/// So that the disk has to read it.
void DropFromCache(const fs::path& folder) {
  std::error_code missing;  // Open will say so
  for (const auto& entry : fs::recursive_directory_iterator(folder, missing)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    static_cast<void>(::fsync(file));
    static_cast<void>(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
    ::close(file);
  }
}

/// Milliseconds of each query, one after the other, while the start goes on behind them; ascending.
std::vector<double> AskUntilSettled(const EmbeddedIndex& index, const ProductVectors& source) {
  constexpr std::size_t kQueries = 1000;
  const auto queries = source.Queries(kQueries);
  std::atomic<bool> settled = false;
  const std::jthread waiting([&] {
    index.WaitUntilSettled();
    settled = true;
  });
  std::vector<double> times;
  while (!settled) {
    const auto query = std::span(queries).subspan(times.size() % kQueries * kDim, kDim);
    const auto start = std::chrono::steady_clock::now();
    Must(index.Find(query, {.k = 10}));
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(times);
  return times;
}

/// Of ascending values; 0 of none.
double Quantile(std::span<const double> values, double share) {
  if (values.empty()) return 0;
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void Open(const ProductVectors& source, const fs::path& folder) {
  DropFromCache(folder);
  const auto query = source.Queries(1);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const auto index =
      Must(EmbeddedIndex::Open(PosixFileSystem(), folder, {.dim = kDim, .model_id = kModel}));
  const double opened = seconds();
  const std::size_t found = Must(index->Find(query, {.k = 10})).size();
  const double answered = seconds();
  const std::vector<double> meanwhile = AskUntilSettled(*index, source);
  fmt::print(
      "{{\"vectors\":{},\"log_bytes\":{},\"open_s\":{:.2f},\"first_answer_s\":{:.2f},\"hits\":{},"
      "\"settled_s\":{:.2f},\"asked_meanwhile\":{},\"p50_ms\":{:.2f},\"p99_ms\":{:.2f}}}\n",
      index->stats().vectors, index->log_bytes(), opened, answered, found, seconds(),
      meanwhile.size(), Quantile(meanwhile, 0.5), Quantile(meanwhile, 0.99));
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  const std::string step = count == 4 ? arguments[1] : "";
  const std::size_t wanted = count == 4 ? std::strtoull(arguments[2], nullptr, 10) : 0;
  // Whole chunks are sealed.
  const std::size_t rows =
      wanted / snapshelf::VectorTable::kChunkRows * snapshelf::VectorTable::kChunkRows;
  if (step == "make") {
    snapshelf::Make(rows, arguments[3]);
  } else if (step == "change") {
    snapshelf::Change(wanted, arguments[3]);
  } else if (step == "open") {
    snapshelf::Open(snapshelf::ProductVectors(rows), arguments[3]);
  } else {
    fmt::print(stderr, "usage: {} make|change|open VECTORS FOLDER\n", arguments[0]);
    return 2;
  }
  return 0;
}
