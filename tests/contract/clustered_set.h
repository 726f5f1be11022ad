#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "snapshelf/vector_index.h"

namespace snapshelf {

/// A fixed set of vectors in clusters, as products with look-alikes give them: ids 0, 1, ..., three
/// vectors to a group. The same seed gives the same set everywhere.
class ClusteredSet {
 public:
  ClusteredSet(std::size_t count, std::size_t dim, std::uint32_t seed = 7)
      : dim_(dim), random_(seed) {
    centres_ = Normals(kClusters * dim);
    for (std::size_t i = 0; i < count; ++i) {
      const auto vector = Next();
      values_.insert(values_.end(), vector.begin(), vector.end());
    }
  }

  /// One more vector of the same clusters: a query.
  std::vector<float> Next() {
    const std::size_t centre = random_() % kClusters;
    std::vector<float> vector = Normals(dim_);
    for (std::size_t d = 0; d < dim_; ++d)
      vector[d] = centres_[centre * dim_ + d] + kSpread * vector[d];
    return vector;
  }

  [[nodiscard]] std::size_t size() const { return values_.size() / dim_; }
  [[nodiscard]] VectorRecord record(std::size_t i) const {
    return {.id = i, .group = i / 3, .values = {values_.data() + i * dim_, dim_}};
  }
  [[nodiscard]] std::vector<VectorRecord> records() const {
    std::vector<VectorRecord> all;
    for (std::size_t i = 0; i < size(); ++i) all.push_back(record(i));
    return all;
  }

 private:
  static constexpr std::size_t kClusters = 40;
  static constexpr float kSpread = 0.4F;

  std::vector<float> Normals(std::size_t count) {
    std::vector<float> values(count);
    // Twelve uniform numbers: std::normal_distribution differs between standard libraries.
    for (float& value : values) {
      double sum = -6;
      for (int i = 0; i < 12; ++i) sum += static_cast<double>(random_()) / 4294967296.0;
      value = static_cast<float>(sum);
    }
    return values;
  }

  std::size_t dim_;
  std::mt19937 random_;
  std::vector<float> centres_;  // [kClusters, dim]
  std::vector<float> values_;   // [count, dim]
};

}  // namespace snapshelf
