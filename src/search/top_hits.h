#pragma once

#include <cstddef>
#include <limits>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The order of answers: higher scores first, equal scores by ascending id.
struct BetterHit {
  bool operator()(const Hit& a, const Hit& b) const {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  }
};

/// Keeps the best k hits of those offered, the best of each group only if asked. Most offers of a
/// scan fail at `floor()`, so the sets behind it are seldom touched (about k * ln(n / k) times).
/// Excluded hits never enter; what options.exclude names must outlive the object.
class TopHits {
 public:
  explicit TopHits(const FindOptions& options);
  TopHits(TopHits&&) = default;
  TopHits& operator=(TopHits&&) = default;

  /// No hit below this score can enter any more.
  [[nodiscard]] float floor() const { return floor_; }
  [[nodiscard]] bool full() const { return hits_.size() == k_; }

  void Offer(const Hit& hit);

  /// Best first.
  [[nodiscard]] std::vector<Hit> Take() const { return {hits_.begin(), hits_.end()}; }

 private:
  using Hits = std::set<Hit, BetterHit>;
  std::size_t k_;
  bool one_per_group_;
  VectorSet exclude_;
  float floor_ = -std::numeric_limits<float>::infinity();
  Hits hits_;
  std::unordered_map<GroupId, Hits::iterator> best_of_group_;
};

/// One empty TopHits for each of `count` queries.
[[nodiscard]] std::vector<TopHits> MakeTops(std::size_t count, const FindOptions& options);

/// The answers of a batch, in the order of its queries.
[[nodiscard]] std::vector<std::vector<Hit>> TakeAll(std::span<const TopHits> tops);

}  // namespace snapshelf
