#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "search/graph/codec.h"
#include "search/graph/graph_rows.h"

namespace snapshelf {

struct Candidate;
class Pool;

/// Where walks start: a sample of the rows, in buckets around leaders, with copies of their codes
/// side by side. A flat graph over clustered vectors needs many (recall@10 .896 with 1, .950 with
/// 4,096 of 100,000 rows); two levels keep looking at them cheap. This takes the place of HNSW's
/// upper layers.
///
/// Immutable once built; a larger graph gets new ones.
class EntryPoints {
 public:
  /// Builds from `sample`, which are rows of the graph; the leaders are the first of them, so their
  /// order should be random.
  EntryPoints(const Codec& codec, const GraphRows& rows, std::span<const Row> sample,
              const std::function<GroupId(Row)>& group_of);

  /// The rows nearest to the query of those in the nearest buckets, in `out`.
  void Nearest(const Codec& codec, const CodeQuery& query, std::vector<Candidate>& out) const;

  /// Adds to `out` those nearest of some thousands of entries that `filter` lets pass: a filter
  /// that goes with the vectors may leave only rows that are far from what Nearest gives.
  void NearestPassing(const Codec& codec, const CodeQuery& query, const GroupFilter& filter,
                      std::vector<Candidate>& out) const;

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Codes {
    std::vector<std::uint8_t> planes;
    std::vector<CodeTerms> terms;
    void Append(const Codec& codec, const GraphRows& rows, Row row);
    void Offer(const Codec& codec, const CodeQuery& query, std::span<const Row> numbers,
               Pool& pool) const;
  };

  void AddNearest(const Codec& codec, const CodeQuery& query, std::span<const Row> numbers,
                  std::vector<Candidate>& out) const;

  Codes leaders_;
  Codes members_;
  std::vector<Row> member_rows_;
  std::vector<GroupId> member_groups_;
  std::vector<std::uint32_t> bucket_starts_;  // [leaders + 1], into members_
};

}  // namespace snapshelf
