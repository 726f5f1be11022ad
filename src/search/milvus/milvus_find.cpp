// Finding: windows of hits, and where these do not suffice, every row.

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <thread>

#include "base/check.h"
#include "search/milvus/milvus_impl.h"
#include "search/milvus/milvus_wire.h"
#include "search/queries.h"

namespace snapshelf {
namespace {

// Of one search: queries times window. 16 bytes each come back.
constexpr std::size_t kMaxHits = 262'144;
constexpr std::size_t kMaxQueries = 16'384;  // of one search: the server takes no more
// More than wanted, so that ties at the end are seen whole.
constexpr int kMargin = 8;
// From one window to the next.
constexpr int kGrowth = 4;
// Milvus looks through all rows for each group of a long list: 57 ms for 17,000 of a million, where
// windows without it take 4 if these groups are a tenth of all. Where they are fewer, windows up to
// this many hits are in vain, which costs some 8 ms.
constexpr std::size_t kLongList = 4'096;
constexpr int kShortWindow = 1'024;
// Of a scan: vectors that are fetched at a time; 4 MiB at 256 values.
constexpr std::size_t kFetch = 4'096;

/// Products have about three vectors, and a shop's filters let about half of them pass.
int FirstWindow(const FindOptions& find) {
  int window = find.k + kMargin;
  if (find.one_per_group) window *= 3;
  if (find.filter != nullptr) window *= 2;
  return std::min(window, kMaxMilvusRows);
}

/// What the index reads while it searches for `limit` hits.
std::string SearchParams(const MilvusIndexParams& index, const FindOptions& find, int limit,
                         int first_limit) {
  const int window = std::max(find.window > 0 ? find.window : index.window, limit);
  // Lists hold few of a large window, so more of them are read as it grows.
  const int probes = static_cast<int>(std::min<std::int64_t>(
      index.lists, static_cast<std::int64_t>(index.probes) * std::max(1, limit / first_limit)));
  switch (index.type) {
    case MilvusIndexType::kFlat:
      return "{}";
    case MilvusIndexType::kIvfFlat:
    case MilvusIndexType::kIvfSq8:
    case MilvusIndexType::kIvfPq:
      return fmt::format(R"({{"nprobe":{}}})", probes);
    case MilvusIndexType::kScann:
      return fmt::format(R"({{"nprobe":{},"reorder_k":{}}})", probes, window);
    case MilvusIndexType::kDiskAnn:
      return fmt::format(R"({{"search_list":{}}})", window);
    case MilvusIndexType::kHnsw:
    case MilvusIndexType::kAutoIndex:
      return fmt::format(R"({{"ef":{}}})", window);
  }
  return "{}";
}

/// Whether no hit behind `hits`, which came best first, can change `top`.
bool IsComplete(const TopHits& top, const std::vector<Hit>& hits, const FindOptions& find) {
  if (hits.empty()) return false;
  const float last = hits.back().score;
  return (top.full() && last < top.floor()) || (find.min_score && last < *find.min_score);
}

TopHits TopOf(const std::vector<Hit>& hits, const FindOptions& find) {
  TopHits top(find);
  for (const Hit& hit : hits)
    if (find.filter == nullptr || (*find.filter)(hit.group)) top.Offer(hit);
  return top;
}

}  // namespace

Result<std::vector<std::vector<Hit>>> MilvusIndex::FindBatch(std::span<const float> queries,
                                                             const FindOptions& options) const {
  const auto prepared = PrepareQueries(*this, queries, options);
  if (!prepared) return std::unexpected(prepared.error());
  if (prepared->empty()) return std::vector<std::vector<Hit>>{};
  std::vector<TopHits> tops = MakeTops(prepared->size() / static_cast<std::size_t>(dim()), options);
  if (options.only && options.only->ids.empty() && options.only->groups.empty())
    return TakeAll(tops);
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  std::vector<std::size_t> open(tops.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  if (options.only && options.only->ids.empty() && options.only->groups.size() >= kLongList) {
    const GroupFilter is_listed = [&options](GroupId group) {
      return std::ranges::binary_search(options.only->groups, group) &&
             (options.filter == nullptr || (*options.filter)(group));
    };
    FindOptions by_predicate = options;
    by_predicate.only.reset();
    by_predicate.filter = &is_listed;
    SNAPSHELF_RETURN_IF_ERROR(
        impl_->SearchWindows(*prepared, by_predicate, kShortWindow, open, tops));
  }
  SNAPSHELF_RETURN_IF_ERROR(impl_->SearchWindows(*prepared, options, kMaxMilvusRows, open, tops));
  if (!open.empty()) SNAPSHELF_RETURN_IF_ERROR(impl_->Scan(*prepared, open, options, tops));
  return TakeAll(tops);
}

Status MilvusIndex::Impl::SearchWindows(std::span<const float> queries, const FindOptions& find,
                                        int window_max, std::vector<std::size_t>& open,
                                        std::vector<TopHits>& tops) const {
  for (int window = FirstWindow(find); !open.empty();
       window = std::min(window * kGrowth, window_max)) {
    const auto answers = SearchWindow(queries, open, window, find);
    if (!answers) return std::unexpected(Noticed(answers.error()));
    std::optional<std::size_t> count;
    std::vector<std::size_t> still_open;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const std::vector<Hit>& hits = (*answers)[i];
      tops[open[i]] = TopOf(hits, find);
      if (IsComplete(tops[open[i]], hits, find)) continue;
      // An index may give fewer than it has; only as many as there are, are all.
      if (hits.size() < static_cast<std::size_t>(window)) {
        if (!count) {
          const auto all = Count(SetFilter(find.exclude, find.only));
          if (!all) return std::unexpected(Noticed(all.error()));
          count = *all;
        }
        if (hits.size() >= *count) continue;
      }
      still_open.push_back(open[i]);
    }
    open = std::move(still_open);
    if (window >= window_max) break;
  }
  return {};
}

Result<std::vector<std::vector<Hit>>> MilvusIndex::Impl::SearchUntilAnswered(
    const MilvusSearch& search) const {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options.deadline_ms);
  for (;;) {
    auto hits = OnceLoaded([&] { return client.Search(options.collection, search, Seen()); });
    if (!hits || !std::ranges::all_of(*hits, &std::vector<Hit>::empty)) return hits;
    const auto count = Count(search.filter);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return hits;
    if (std::chrono::steady_clock::now() > deadline)
      return Fail(Code::kUnavailable,
                  fmt::format("Milvus finds nothing in collection {}, where {} vectors pass",
                              options.collection, *count));
    std::this_thread::sleep_for(kRejoinPause);
  }
}

Result<std::vector<std::vector<Hit>>> MilvusIndex::Impl::SearchWindow(
    std::span<const float> queries, std::span<const std::size_t> numbers, int window,
    const FindOptions& find) const {
  const auto dim = static_cast<std::size_t>(options.dim);
  const std::size_t part =
      std::clamp<std::size_t>(kMaxHits / static_cast<std::size_t>(window), 1, kMaxQueries);
  const std::string params = SearchParams(options.index, find, window, FirstWindow(find));
  const std::string filter = SetFilter(find.exclude, find.only);
  std::vector<std::vector<Hit>> answers;
  for (std::size_t first = 0; first < numbers.size(); first += part) {
    std::vector<float> values;
    for (const std::size_t number : numbers.subspan(first, std::min(part, numbers.size() - first)))
      values.insert(values.end(), queries.begin() + static_cast<std::ptrdiff_t>(number * dim),
                    queries.begin() + static_cast<std::ptrdiff_t>((number + 1) * dim));
    auto hits = SearchUntilAnswered({.queries = values,
                                     .dim = options.dim,
                                     .limit = window,
                                     .params = params,
                                     .filter = filter});
    if (!hits) return std::unexpected(std::move(hits).error());
    std::ranges::move(*hits, std::back_inserter(answers));
  }
  return answers;
}

Status MilvusIndex::Impl::Pages(const std::string& filter, bool with_values,
                                const std::function<Status(const MilvusRows&)>& page) const {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
  // Numbers without sign, as our ids are, go up to the highest and then on with the negative ones.
  for (const bool is_negative : {false, true}) {
    std::string from = is_negative ? "" : fmt::format("{} >= 0", kIdField);
    const std::string half = is_negative ? fmt::format("{} < 0", kIdField) : "";
    for (;;) {
      std::string expression = filter;
      for (const std::string& part : {from, half})
        if (!part.empty()) expression += (expression.empty() ? "" : " and ") + part;
      const MilvusQuery query{.filter = expression,
                              .limit = with_values ? static_cast<int>(kFetch) : kMaxMilvusRows,
                              .with_values = with_values};
      const auto rows = Query(query);
      if (!rows) return std::unexpected(Noticed(rows.error()));
      if (rows->ids.empty()) break;
      SNAPSHELF_RETURN_IF_ERROR(page(*rows));
      if (rows->ids.size() < static_cast<std::size_t>(query.limit)) break;
      const std::int64_t last = rows->ids.back();
      from = last == kLowest ? fmt::format("{} >= {}", kIdField, Literal(kLowest + 1))
                             : fmt::format("{} > {}", kIdField, last);
    }
  }
  return {};
}

Status MilvusIndex::Impl::Scan(std::span<const float> queries, std::span<const std::size_t> numbers,
                               const FindOptions& find, std::vector<TopHits>& tops) const {
  const auto dim = static_cast<std::size_t>(options.dim);
  for (const std::size_t number : numbers) tops[number] = TopHits(find);
  const auto offer = [&](const MilvusRows& rows) {
    for (std::size_t i = 0; i < rows.ids.size(); ++i)
      for (const std::size_t number : numbers)
        tops[number].Offer(
            {.id = static_cast<VectorId>(rows.ids[i]),
             .group = static_cast<GroupId>(rows.groups[i]),
             .score = score(queries.data() + number * dim, rows.values.data() + i * dim, dim)});
    return Status{};
  };
  const std::string sets = SetFilter(find.exclude, find.only);
  // No batch of ours may come in between two pages.
  const std::lock_guard lock(write_mutex);
  if (find.filter == nullptr) return Pages(sets, /*with_values=*/true, offer);

  std::vector<std::int64_t> passing;
  const auto fetch = [&]() -> Status {
    if (passing.empty()) return {};
    const MilvusQuery query{.filter = IdsFilter(passing), .with_values = true};
    const auto rows = Query(query);
    if (!rows) return std::unexpected(Noticed(rows.error()));
    passing.clear();
    return offer(*rows);
  };
  const auto choose = [&](const MilvusRows& rows) -> Status {
    for (std::size_t i = 0; i < rows.ids.size(); ++i) {
      if (!(*find.filter)(static_cast<GroupId>(rows.groups[i]))) continue;
      passing.push_back(rows.ids[i]);
      if (passing.size() == kFetch) SNAPSHELF_RETURN_IF_ERROR(fetch());
    }
    return {};
  };
  SNAPSHELF_RETURN_IF_ERROR(Pages(sets, /*with_values=*/false, choose));
  return fetch();
}

}  // namespace snapshelf
