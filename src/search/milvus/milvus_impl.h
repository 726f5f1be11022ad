#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "search/metric.h"
#include "search/milvus/milvus_client.h"
#include "search/milvus/milvus_index.h"
#include "search/top_hits.h"

namespace snapshelf {

// Milvus 2.3 answers without hits for some seconds while a query node rejoins.
inline constexpr std::chrono::milliseconds kRejoinPause{50};

struct MilvusIndex::Impl {
  explicit Impl(const MilvusOptions& of);

  /// The time that a reader's answer must have reached.
  [[nodiscard]] std::uint64_t Seen() const;
  /// Readers from now on see what was written at that time.
  void Advance(std::uint64_t timestamp);
  /// Passes an error on; one that says that the collection is gone or not loaded makes the next
  /// call see to it again.
  [[nodiscard]] Error Noticed(Error error) const;

  /// Sees to it that the collection is there, indexed and loaded. A failure is not tried again for
  /// a second.
  Status SetUp() const;

  /// Makes a call that needs the collection in memory; where somebody has released it, or the
  /// server loads it after a start, once more when it is loaded.
  template <class Call>
  std::invoke_result_t<Call> OnceLoaded(const Call& call) const {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options.deadline_ms);
    for (;;) {
      auto result = call();
      const bool may_pass = !result && result.error().code == Code::kUnavailable &&
                            std::chrono::steady_clock::now() < deadline;
      if (!may_pass) return result;
      is_set_up = false;
      const Status ready = SetUp();
      if (!ready && ready.error().code != Code::kUnavailable) return std::unexpected(ready.error());
      std::this_thread::sleep_for(kRejoinPause);
    }
  }

  /// Of the rows that pass an expression; empty: of all.
  [[nodiscard]] Result<std::size_t> Count(const std::string& filter = {}) const {
    return OnceLoaded([&] { return client.Count(options.collection, filter, Seen()); });
  }
  [[nodiscard]] Result<MilvusRows> Query(const MilvusQuery& query) const {
    return OnceLoaded([&] { return client.Query(options.collection, query, Seen()); });
  }

  /// A search that is repeated while its answer is empty though there are vectors.
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> SearchUntilAnswered(
      const MilvusSearch& search) const;
  /// One window of hits for the queries of those numbers.
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> SearchWindow(
      std::span<const float> queries, std::span<const std::size_t> numbers, int window,
      const FindOptions& find) const;
  /// Windows that grow up to `window_max` hits; `open` keeps the numbers of the queries that need
  /// more, the others are answered in `tops`.
  Status SearchWindows(std::span<const float> queries, const FindOptions& find, int window_max,
                       std::vector<std::size_t>& open, std::vector<TopHits>& tops) const;
  /// Looks at every row for the queries of those numbers.
  Status Scan(std::span<const float> queries, std::span<const std::size_t> numbers,
              const FindOptions& find, std::vector<TopHits>& tops) const;
  /// Calls `page` with all rows that pass an expression (empty: all), ascending by id as a number
  /// without sign.
  Status Pages(const std::string& filter, bool with_values,
               const std::function<Status(const MilvusRows&)>& page) const;

  const MilvusOptions options;
  mutable MilvusClient client;
  const Scorer score;

  mutable std::mutex setup_mutex;
  mutable std::atomic<bool> is_set_up{false};
  mutable Error setup_error;  ///< of the last try, at `setup_failed`
  mutable std::optional<std::chrono::steady_clock::time_point> setup_failed;

  mutable std::mutex write_mutex;  ///< one writer at a time, or one scan
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::uint64_t> writes{0};

  mutable std::mutex stats_mutex;
  struct GroupCount {
    std::size_t vectors = 0;
    std::size_t groups = 0;
    std::uint64_t writes = 0;
    std::chrono::steady_clock::time_point when;
  };
  mutable std::optional<GroupCount> counted;
};

}  // namespace snapshelf
