// What the second look adds to the embedder: R@1 and R@5 before and after, and its cost. The
// figures of docs/design/0008-second-look.md come from it:
//   bench/rerank/lists.py build/lists
//   build/release/bin/rerank_bench models/embedder/model.json
//       build/lists/grocery.catalog build/lists/grocery.queries
// Each line of a list is KEY <tab> PATH; a query's right answers are the catalog's pictures with
// its key. With a fourth argument every pair of query and candidate is written to that file: query,
// right or not, cosine, matches, inliers. Prints one JSON line for the even queries (parameters are
// chosen by them), one for the odd ones. Times are of the thread's processor time, which a busy
// machine changes little.

#include <fmt/format.h>
#include <fmt/os.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "embed/embedder.h"
#include "photo/decode.h"
#include "photo/resize.h"
#include "rerank/feature_record.h"
#include "rerank/fuse.h"
#include "rerank/local_features.h"
#include "rerank/verify_match.h"
#include "runtime/model_card.h"

namespace snapshelf {
namespace {

constexpr std::size_t kShortlist = 50;

double ThreadMs() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <class T>
T ValueOrExit(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

struct Picture {
  std::string key;
  Embedding embedding = {};
  LocalFeatures features;
};

struct Set {
  std::vector<Picture> pictures;
  double extract_ms = 0;  ///< of all
  std::size_t record_bytes = 0;
};

Set ReadSet(const std::string& list, const Embedder& embedder) {
  Set set;
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    std::ifstream file(line.substr(tab + 1), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const Photo photo =
        ValueOrExit(DecodePhoto(std::as_bytes(std::span(bytes)), {.longest_side_max = 640}));
    const Crop whole{.photo = &photo, .box = WholeBox(photo)};
    Picture picture{.key = line.substr(0, tab)};
    picture.embedding = ValueOrExit(embedder.Embed(std::span(&whole, 1))).front();
    const double start_ms = ThreadMs();
    const auto features = ValueOrExit(ExtractLocalFeatures(photo, whole.box));
    set.extract_ms += ThreadMs() - start_ms;
    // As it would come out of the store.
    const auto record = WriteFeatureRecord(features);
    set.record_bytes += record.size();
    picture.features = ValueOrExit(ReadFeatureRecord(record));
    set.pictures.push_back(std::move(picture));
  }
  if (set.pictures.empty()) ValueOrExit<int>(Fail(Code::kNotFound, list + ": no pictures"));
  return set;
}

/// Places in `catalog` of the nearest embeddings, best first.
std::vector<std::size_t> Shortlist(const Picture& query, const std::vector<Picture>& catalog,
                                   std::vector<float>& scores) {
  scores.clear();
  for (const Picture& picture : catalog)
    scores.push_back(std::inner_product(query.embedding.begin(), query.embedding.end(),
                                        picture.embedding.begin(), 0.0F));
  std::vector<std::size_t> places(catalog.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, std::greater{}, [&](std::size_t i) { return scores[i]; });
  places.resize(std::min(kShortlist, places.size()));
  return places;
}

struct Figures {
  int queries = 0;
  std::array<int, 2> before = {};  ///< right at 1, at 5
  std::array<int, 2> after = {};
  double verify_ms = 0;

  static void Count(const std::vector<bool>& right, std::array<int, 2>& hits) {
    const auto first = std::ranges::find(right, true) - right.begin();
    hits[0] += first < 1 ? 1 : 0;
    hits[1] += first < 5 ? 1 : 0;
  }

  void Print(const char* half) const {
    const auto share = [&](int hits) { return static_cast<double>(hits) / std::max(queries, 1); };
    fmt::print(R"({{"half": "{}", "queries": {}, "r@1": [{:.3f}, {:.3f}], )"
               R"("r@5": [{:.3f}, {:.3f}], "verify_ms": {:.2f}}})"
               "\n",
               half, queries, share(before[0]), share(after[0]), share(before[1]), share(after[1]),
               verify_ms / std::max(queries, 1));
  }
};

void Judge(const Picture& query, const std::vector<Picture>& catalog, std::size_t number,
           Figures& figures, std::optional<fmt::ostream>& pairs) {
  std::vector<float> scores;
  const auto shortlist = Shortlist(query, catalog, scores);
  std::vector<Evidence> evidence;
  std::vector<int> matched;
  const double start_ms = ThreadMs();
  for (const std::size_t place : shortlist) {
    const Verification found = VerifyMatch(query.features, catalog[place].features);
    evidence.push_back({scores[place], static_cast<int>(found.inliers.size())});
    matched.push_back(found.matched);
  }
  const auto order = FuseOrder(evidence);
  figures.verify_ms += ThreadMs() - start_ms;

  std::vector<bool> before;
  std::vector<bool> after;
  for (const std::size_t place : shortlist) before.push_back(catalog[place].key == query.key);
  for (const std::size_t i : order) after.push_back(before[i]);
  ++figures.queries;
  Figures::Count(before, figures.before);
  Figures::Count(after, figures.after);
  for (std::size_t i = 0; pairs && i < shortlist.size(); ++i)
    pairs->print("{}\t{}\t{}\t{}\t{}\n", number, int{before[i]}, evidence[i].score, matched[i],
                 evidence[i].inliers);
}

int Run(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: {} CARD CATALOG_LIST QUERY_LIST [PAIRS_FILE]\n", argv[0]);
    return 2;
  }
  if (const Status started = InitPhoto(argv[0]); !started) return 1;
  const ModelCard card = ValueOrExit(ReadModelCard(argv[1]));
  const auto embedder = ValueOrExit(Embedder::Create(card, RunMode::kThroughput));
  const Set catalog = ReadSet(argv[2], *embedder);
  const Set queries = ReadSet(argv[3], *embedder);
  std::optional<fmt::ostream> pairs;
  if (argc > 4) pairs.emplace(fmt::output_file(argv[4]));

  const auto count = static_cast<double>(catalog.pictures.size());
  fmt::print(R"({{"catalog": {}, "extract_ms": {:.1f}, "record_bytes": {:.0f}}})"
             "\n",
             count, catalog.extract_ms / count, static_cast<double>(catalog.record_bytes) / count);
  std::array<Figures, 2> halves;
  for (std::size_t i = 0; i < queries.pictures.size(); ++i)
    Judge(queries.pictures[i], catalog.pictures, i, halves[i % 2], pairs);
  halves[0].Print("even");
  halves[1].Print("odd");
  return 0;
}

}  // namespace
}  // namespace snapshelf

int main(int argc, char** argv) {
  return snapshelf::Run(argc, argv);
}
