#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "search/graph/rotation.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// What a code needs besides its bits.
struct CodeTerms {
  float scale = 0;  ///< width of one of 256 steps
  float norm2 = 0;  ///< squared length of the vector less the mean
  bool operator==(const CodeTerms&) const = default;
};

/// A query in the form that codes are compared with: 16-bit values in two bytes. The upper bytes
/// alone drive the walk; both together give the finer order.
struct CodeQuery {
  std::vector<std::int8_t> upper;  ///< [code_dim]
  std::vector<std::int8_t> lower;  ///< [code_dim]
  std::int32_t upper_sum = 0;
  std::int64_t sum = 0;      ///< of the 16-bit values
  double step = 0;           ///< width of one of the 16-bit steps
  float product_weight = 0;  ///< of the dot product in the key
  float norm_weight = 0;     ///< of the squared length in the key
  float noise = 0;           ///< times a row's scale: four standard errors of a fine key
  float best_score = 0;      ///< the score of a key of 0
  /// Of a query for finding: a row's squared distance is distance_weight * key + distance_base.
  /// Inner products are none, and both are 0.
  float distance_weight = 0;
  float distance_base = 0;
  float lift = 0;              ///< see Codec::Lift
  bool lifted = false;         ///< whether lifts are in the key
  std::vector<float> rotated;  ///< scratch
};

/// Vectors as 8 bits a value in two planes of 4 bits (locally adaptive vector quantization, LVQ,
/// Aguerrebere et al., VLDB 2023): the mean is subtracted, the rest rotated, and each vector gets
/// 256 equal steps over its own range. The upper 4 bits (128 bytes at 256 values: two cache lines)
/// serve the walk, and both planes the order of what it found.
///
/// Keys order rows: the smaller, the nearer. A key of kL2 is a squared distance less the squared
/// length of the query; of the others, the negated dot product less a constant of the query.
///
/// threads: const; a CodeQuery belongs to one thread.
class Codec {
 public:
  /// `mean`: [dim], subtracted from every vector. Inner products keep it in (no mean).
  /// `longest`: about the largest length of the vectors, for kInnerProduct.
  Codec(int dim, Metric metric, std::vector<float> mean, float longest);

  [[nodiscard]] Metric metric() const { return metric_; }
  [[nodiscard]] std::size_t code_dim() const { return code_dim_; }  ///< dim, to a multiple of 16
  [[nodiscard]] std::size_t plane_bytes() const { return code_dim_ / 2; }
  [[nodiscard]] const std::vector<float>& mean() const { return mean_; }
  [[nodiscard]] float longest() const { return longest_; }

  /// Writes the planes ([plane_bytes] each) of `values` ([dim], prepared).
  CodeTerms Encode(const float* values, std::uint8_t* upper_plane, std::uint8_t* lower_plane) const;

  /// For finding what is near by the metric.
  void PrepareQuery(const float* values, CodeQuery& query) const;
  /// For finding neighbours in the graph: squared distances, whatever the metric.
  void PrepareBuildQuery(const float* values, CodeQuery& query) const;

  /// The dot products of `rows` of `planes` with the query, for CoarseKey.
  void Dots(const CodeQuery& query, const std::uint8_t* planes, std::span<const std::uint32_t> rows,
            std::int32_t* dots) const {
    kernels_.dots_u4_i8(planes, rows.data(), rows.size(), query.upper.data(), code_dim_, dots);
  }

  /// From the upper plane alone, by its dot product with the query.
  [[nodiscard]] float CoarseKey(const CodeQuery& query, std::int32_t dot,
                                const CodeTerms& terms) const {
    // Code h stands for 16 * (h - 7.5) steps; doubled to stay in whole numbers.
    const auto doubled = static_cast<float>(2 * dot - 15 * query.upper_sum);
    const float key = -query.product_weight * terms.scale * doubled;
    if (query.norm_weight == 0) return key;
    return query.lifted ? key + terms.norm2 + LiftGap(query.lift, terms) : key + terms.norm2;
  }

  /// From both planes.
  [[nodiscard]] float FineKey(const CodeQuery& query, const std::uint8_t* upper_plane,
                              const std::uint8_t* lower_plane, CodeTerms terms) const;

  /// The key of rows that are sqrt(`stretch2`) times as far as one with `key`.
  [[nodiscard]] static float KeyBeyond(const CodeQuery& query, float key, float stretch2) {
    const float distance2 = std::max(0.0F, query.distance_weight * key + query.distance_base);
    return (stretch2 * distance2 - query.distance_base) / query.distance_weight;
  }

  /// The score that a fine key stands for, off by about 1e-3 of the vectors' lengths.
  [[nodiscard]] float ScoreOf(const CodeQuery& query, float fine_key) const {
    const float score = query.best_score - fine_key;
    if (metric_ == Metric::kCosine) return std::min(score, 1.0F);
    return metric_ == Metric::kL2 ? std::min(score, 0.0F) : score;
  }

  /// One row's code as the left side of row-to-row distances.
  struct RowCode {
    std::vector<std::int8_t> values;  ///< [code_dim], 2 h - 15
    std::int32_t sum = 0;
    CodeTerms terms;
  };
  void Unpack(const std::uint8_t* upper_plane, CodeTerms terms, RowCode& out) const;
  /// Squared distance of two rows, from their upper planes.
  [[nodiscard]] float RowDistance(const RowCode& a, const std::uint8_t* b_plane,
                                  CodeTerms b_terms) const;

  /// The coordinate that makes all vectors equally long, so that the nearest by squared distance
  /// are those with the largest inner product (Bachrach et al., RecSys 2014); for kInnerProduct
  /// only.
  [[nodiscard]] float Lift(float norm2) const;

 private:
  void Quantize(CodeQuery& query) const;
  [[nodiscard]] float LiftGap(float lift, const CodeTerms& terms) const;

  std::size_t dim_;
  std::size_t code_dim_;
  Metric metric_;
  std::vector<float> mean_;
  float longest_;
  Rotation rotation_;
  const Kernels& kernels_;
};

}  // namespace snapshelf
