#include "pipeline/import_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/thread_pool.h"
#include "feeds/feed_reader.h"
#include "pipeline/commit_products.h"
#include "pipeline/prepare_rows.h"

namespace snapshelf {
namespace {

// Rows that go through the models together: large enough for full batches, small enough to bound
// the memory.
constexpr std::size_t kRowsPerChunk = 16;

// Products per commit: one fsync for many rows.
constexpr std::size_t kProductsPerCommit = 128;

using Chunk = std::vector<ProductDraft>;

/// One import: a reader, workers that prepare chunks side by side, and the calling thread, which
/// commits.
class Import {
 public:
  Import(const CurrentShop& shops, const ImportOptions& options, const ImportObserver& observer,
         std::stop_token stop)
      : shops_(shops),
        products_(shops.Get()->products),
        options_(options),
        observer_(observer),
        stop_(std::move(stop)),
        workers_(options.workers > 0 ? options.workers : UsableCores()),
        chunks_(static_cast<std::size_t>(workers_)),
        prepared_(static_cast<std::size_t>(workers_)) {}

  Result<ImportProgress> Run() {
    auto feed = OpenFeed(options_.source);
    if (!feed) return std::unexpected(std::move(feed).error());
    if (!options_.report.empty()) report_.open(options_.report, std::ios::trunc);
    SNAPSHELF_RETURN_IF_ERROR(products_.ForgetSeen());
    {
      std::jthread reader([&] { ReadRows(**feed); });
      std::jthread preparers([&] { PrepareOnAllCores(); });
      CommitAll();
    }
    if (error_) return std::unexpected(*error_);
    if (stop_.stop_requested())
      return Fail(Code::kUnavailable, "the import was stopped; start it again to go on");
    if (options_.remove_missing) SNAPSHELF_RETURN_IF_ERROR(RemoveMissing());
    Report();
    return progress_;
  }

 private:
  [[nodiscard]] bool Stopping() const { return stop_.stop_requested() || failed_.load(); }

  void FailWith(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }

  void ReadRows(FeedReader& feed) {
    while (!Stopping()) {
      Chunk chunk;
      const auto more = ReadChunk(feed, chunk);
      if (!more) {
        FailWith(more.error());
        break;
      }
      if (const auto kept = RefuseRepeated(chunk); !kept) {
        FailWith(kept.error());
        break;
      }
      if (!chunk.empty()) chunks_.Push(std::move(chunk));
      if (!*more) break;
    }
    chunks_.Close();
  }

  /// False at the end of the feed.
  Result<bool> ReadChunk(FeedReader& feed, Chunk& chunk) {
    while (chunk.size() < kRowsPerChunk) {
      auto row = feed.Next();
      if (!row) return std::unexpected(std::move(row).error());
      if (!*row) return false;
      {
        const std::scoped_lock lock(mutex_);
        ++progress_.rows_read;
        progress_.rows_estimate = feed.RowsEstimate();
      }
      if (auto* draft = std::get_if<ProductDraft>(&**row)) {
        chunk.push_back(std::move(*draft));
      } else {
        const BadRow& bad = std::get<BadRow>(**row);
        FailRow({.line = bad.line, .id = bad.id, .reason = bad.reason});
        // The product is in the file, though not readable: it is not missing.
        if (bad.id.empty()) {
          ++rows_without_id_;
        } else {
          SNAPSHELF_RETURN_IF_ERROR(products_.MarkSeen({&bad.id, 1}));
        }
      }
    }
    return true;
  }

  /// A feed that names a product twice: the first row counts, the others are problems.
  Status RefuseRepeated(Chunk& chunk) {
    std::vector<std::string> ids;
    for (const ProductDraft& draft : chunk) ids.push_back(draft.id);
    const auto repeated = products_.MarkSeen(ids);
    if (!repeated) return std::unexpected(repeated.error());
    if (repeated->empty()) return {};
    // An id that stands twice in this chunk and never before keeps its first row.
    std::unordered_set<std::string> refused(repeated->begin(), repeated->end());
    std::unordered_set<std::string> in_chunk;
    Chunk kept;
    for (ProductDraft& draft : chunk) {
      const bool again = !in_chunk.insert(draft.id).second;
      const bool earlier =
          std::ranges::count(*repeated, draft.id) == std::ranges::count(ids, draft.id);
      if (again || (refused.contains(draft.id) && earlier)) {
        FailRow({.line = draft.line,
                 .id = draft.id,
                 .reason = "the id stands in an earlier row; this row is not taken"});
      } else {
        kept.push_back(std::move(draft));
      }
    }
    chunk = std::move(kept);
    return {};
  }

  void PrepareOnAllCores() {
    {
      std::vector<std::jthread> threads;
      threads.reserve(static_cast<std::size_t>(workers_));
      for (int i = 0; i < workers_; ++i) threads.emplace_back([this] { PrepareChunks(); });
    }
    prepared_.Close();
  }

  void PrepareChunks() {
    while (auto chunk = chunks_.Pop()) {
      if (Stopping()) continue;  // drain, so that the reader is not left waiting
      const auto shop = shops_.Get();
      auto rows = PrepareRows(*shop, *chunk,
                              {.picture_root = options_.picture_root,
                               .second_look_pictures = options_.second_look_pictures});
      if (!rows) {
        FailWith(std::move(rows).error());
      } else {
        for (PreparedProduct& product : rows->products) product.generation = shop->generation;
        prepared_.Push(std::move(*rows));
      }
    }
  }

  void CommitAll() {
    while (auto rows = prepared_.Pop()) {
      while (rows->products.size() < kProductsPerCommit) {
        auto next = prepared_.TryPop();
        if (!next) break;
        Append(std::move(*next), *rows);
      }
      if (failed_.load()) continue;
      if (const auto committed = CommitProducts(shops_, rows->products); !committed) {
        FailWith(committed.error());
      } else {
        Count(*rows);
      }
    }
  }

  static void Append(PreparedRows from, PreparedRows& to) {
    std::ranges::move(from.products, std::back_inserter(to.products));
    std::ranges::move(from.problems, std::back_inserter(to.problems));
    to.added += from.added;
    to.updated += from.updated;
    to.unchanged += from.unchanged;
    to.failed += from.failed;
    to.pictures_embedded += from.pictures_embedded;
    to.pictures_failed += from.pictures_failed;
    to.pictures_without_second_look += from.pictures_without_second_look;
  }

  void Count(const PreparedRows& rows) {
    {
      const std::scoped_lock lock(mutex_);
      progress_.added += rows.added;
      progress_.updated += rows.updated;
      progress_.unchanged += rows.unchanged;
      progress_.failed += rows.failed;
      progress_.pictures_embedded += rows.pictures_embedded;
      progress_.pictures_failed += rows.pictures_failed;
      progress_.pictures_without_second_look += rows.pictures_without_second_look;
      for (const RowProblem& problem : rows.problems) Tell(problem);
    }
    Report();
  }

  void FailRow(const RowProblem& problem) {
    const std::scoped_lock lock(mutex_);
    ++progress_.failed;
    Tell(problem);
  }

  void Tell(const RowProblem& problem) {
    const std::string where =
        problem.line > 0 ? fmt::format("{}:{}", options_.source.filename().string(), problem.line)
                         : options_.source.string();
    if (report_) report_ << where << '\t' << problem.id << '\t' << problem.reason << std::endl;
    if (observer_.on_problem)
      observer_.on_problem({.where = where, .id = problem.id, .reason = problem.reason});
  }

  void Report() {
    const std::scoped_lock lock(mutex_);
    progress_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (observer_.on_progress) observer_.on_progress(progress_);
  }

  Status RemoveMissing() {
    if (progress_.rows_read == 0)
      return Fail(Code::kInvalidArgument,
                  fmt::format("{} has no rows; nothing is removed, since that would empty the shop",
                              options_.source.string()));
    if (rows_without_id_ > 0) {
      Tell({.reason = fmt::format(
                "{} rows have no readable id, so nobody knows which products are missing; none is "
                "removed",
                rows_without_id_)});
      return {};
    }
    constexpr int kIdsPerRemoval = 500;
    while (true) {
      const auto ids = products_.NotSeen(kIdsPerRemoval);
      if (!ids) return std::unexpected(ids.error());
      if (ids->empty()) return {};
      const auto removed = RemoveProducts(shops_, *ids);
      if (!removed) return std::unexpected(removed.error());
      progress_.removed += static_cast<std::int64_t>(*removed);
    }
  }

  const CurrentShop& shops_;
  ProductStore& products_;
  const ImportOptions& options_;
  const ImportObserver& observer_;
  const std::stop_token stop_;
  const int workers_;
  std::int64_t rows_without_id_ = 0;  // the reader's own until it has ended
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  BoundedQueue<Chunk> chunks_;
  BoundedQueue<PreparedRows> prepared_;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // guards what follows and the calls of the observer
  std::optional<Error> error_;
  ImportProgress progress_;
  std::ofstream report_;
};

}  // namespace

Result<ImportProgress> ImportProducts(const CurrentShop& shops, const ImportOptions& options,
                                      const ImportObserver& observer, std::stop_token stop) {
  return Import(shops, options, observer, std::move(stop)).Run();
}

}  // namespace snapshelf
