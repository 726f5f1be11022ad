#include "search/graph/codec.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace snapshelf {
namespace {

constexpr float kHalfSteps = 127.5F;    // 256 steps, symmetric around zero
constexpr float kQueryMax = 127 * 256;  // the largest 16-bit value whose upper byte rounds to 127

float LargestSize(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

float LengthOf(std::span<const float> values) {
  float squared = 0;
  for (const float value : values) squared += value * value;
  return std::sqrt(squared);
}

std::vector<float>& Scratch(std::size_t size) {
  thread_local std::vector<float> scratch;
  scratch.assign(size, 0.0F);
  return scratch;
}

}  // namespace

Codec::Codec(int dim, Metric metric, std::vector<float> mean, float longest)
    : dim_(static_cast<std::size_t>(dim)),
      code_dim_((dim_ + 15) / 16 * 16),
      metric_(metric),
      mean_(std::move(mean)),
      longest_(longest),
      rotation_(code_dim_),
      kernels_(ActiveKernels()) {
  SNAPSHELF_CHECK(mean_.size() == dim_);
}

CodeTerms Codec::Encode(const float* values, std::uint8_t* upper_plane,
                        std::uint8_t* lower_plane) const {
  std::vector<float>& rotated = Scratch(code_dim_);
  CodeTerms terms;
  for (std::size_t i = 0; i < dim_; ++i) rotated[i] = values[i] - mean_[i];
  rotation_.Apply(rotated.data());
  for (const float value : rotated) terms.norm2 += value * value;
  terms.scale = LargestSize(rotated) / kHalfSteps;
  const float steps = terms.scale > 0 ? 1 / terms.scale : 0;
  const auto code = [&](std::size_t i) {
    const float place = rotated[i] * steps + kHalfSteps + 0.5F;
    return static_cast<unsigned>(std::clamp(place, 0.0F, 255.0F));
  };
  const std::size_t half = code_dim_ / 2;
  for (std::size_t j = 0; j < half; ++j) {
    const unsigned a = code(j);
    const unsigned b = code(j + half);
    upper_plane[j] = static_cast<std::uint8_t>((a >> 4) | (b & 0xF0));
    lower_plane[j] = static_cast<std::uint8_t>((a & 15) | (b << 4));
  }
  return terms;
}

void Codec::PrepareQuery(const float* values, CodeQuery& query) const {
  query.rotated.assign(code_dim_, 0.0F);
  const bool distance = metric_ == Metric::kL2;
  query.best_score = 0;
  for (std::size_t i = 0; i < dim_; ++i) {
    query.rotated[i] = distance ? values[i] - mean_[i] : values[i];
    query.best_score +=
        distance ? -query.rotated[i] * query.rotated[i] : query.rotated[i] * mean_[i];
  }
  query.product_weight = distance ? 2.0F : 1.0F;
  query.norm_weight = distance ? 1.0F : 0.0F;
  query.distance_weight = query.distance_base = 0;
  if (metric_ == Metric::kCosine) {  // 2 - 2 * score
    query.distance_weight = 2;
    query.distance_base = 2 - 2 * query.best_score;
  } else if (distance) {
    query.distance_weight = 1;
    query.distance_base = -query.best_score;
  }
  query.lifted = false;
  Quantize(query);
}

void Codec::PrepareBuildQuery(const float* values, CodeQuery& query) const {
  query.rotated.assign(code_dim_, 0.0F);
  float norm2 = 0;
  for (std::size_t i = 0; i < dim_; ++i) {
    query.rotated[i] = values[i] - mean_[i];
    norm2 += query.rotated[i] * query.rotated[i];
  }
  query.product_weight = 2;
  query.norm_weight = 1;
  query.lifted = metric_ == Metric::kInnerProduct;
  query.lift = query.lifted ? Lift(norm2) : 0;
  Quantize(query);
}

void Codec::Quantize(CodeQuery& query) const {
  rotation_.Apply(query.rotated.data());
  const float largest = LargestSize(query.rotated);
  query.step = largest / kQueryMax;
  const float steps = largest > 0 ? kQueryMax / largest : 0;
  // A value is off by up to half a step, evenly: 1 / sqrt(12) of a step on average.
  query.noise = query.product_weight * 4 / std::sqrt(12.0F) * LengthOf(query.rotated);
  query.upper.resize(code_dim_);
  query.lower.resize(code_dim_);
  query.upper_sum = 0;
  query.sum = 0;
  for (std::size_t i = 0; i < code_dim_; ++i) {
    const int value = static_cast<int>(std::lrint(query.rotated[i] * steps));
    const int upper = (value + 128) >> 8;
    query.upper[i] = static_cast<std::int8_t>(upper);
    query.lower[i] = static_cast<std::int8_t>(value - upper * 256);
    query.upper_sum += upper;
    query.sum += value;
  }
  // 256 of the 16-bit steps in the upper byte, 16 of the steps in the upper plane, and the halves
  // of CoarseKey.
  query.product_weight *= static_cast<float>(query.step * 256 * 16 / 2);
}

float Codec::FineKey(const CodeQuery& query, const std::uint8_t* upper_plane,
                     const std::uint8_t* lower_plane, CodeTerms terms) const {
  const auto dot = [&](const std::uint8_t* plane, const std::vector<std::int8_t>& values) {
    return static_cast<std::int64_t>(kernels_.dot_u4_i8(plane, values.data(), code_dim_));
  };
  const std::int64_t upper = 16 * dot(upper_plane, query.upper) + dot(lower_plane, query.upper);
  const std::int64_t lower = 16 * dot(upper_plane, query.lower) + dot(lower_plane, query.lower);
  const double steps = static_cast<double>(256 * upper + lower) -
                       static_cast<double>(kHalfSteps) * static_cast<double>(query.sum);
  // product_weight counts half of 16 upper-plane steps times 256.
  const double product = steps * terms.scale * query.product_weight / (256 * 16 / 2);
  const float key = static_cast<float>(query.norm_weight * terms.norm2 - product);
  return query.lifted ? key + LiftGap(query.lift, terms) : key;
}

void Codec::Unpack(const std::uint8_t* upper_plane, CodeTerms terms, RowCode& out) const {
  const std::size_t half = code_dim_ / 2;
  out.values.resize(code_dim_);
  out.terms = terms;
  std::int8_t* const values = out.values.data();  // read once: the loop takes many at a time
  std::int32_t sum = 0;
  for (std::size_t j = 0; j < half; ++j) {
    values[j] = static_cast<std::int8_t>(2 * (upper_plane[j] & 15) - 15);
    values[j + half] = static_cast<std::int8_t>(2 * (upper_plane[j] >> 4) - 15);
    sum += values[j] + values[j + half];
  }
  out.sum = sum;
}

float Codec::RowDistance(const RowCode& a, const std::uint8_t* b_plane, CodeTerms b_terms) const {
  const std::int32_t dot = kernels_.dot_u4_i8(b_plane, a.values.data(), code_dim_);
  // (2 h_a - 15) (2 h_b - 15) / 4, times 16 steps each.
  const auto quadrupled = static_cast<float>(2 * dot - 15 * a.sum);
  const float product = a.terms.scale * b_terms.scale * 64 * quadrupled;
  const float distance = a.terms.norm2 + b_terms.norm2 - 2 * product;
  return metric_ == Metric::kInnerProduct ? distance + LiftGap(Lift(a.terms.norm2), b_terms)
                                          : distance;
}

float Codec::Lift(float norm2) const {
  return std::sqrt(std::max(0.0F, longest_ * longest_ - norm2));
}

float Codec::LiftGap(float lift, const CodeTerms& terms) const {
  const float gap = lift - Lift(terms.norm2);
  return gap * gap;
}

}  // namespace snapshelf
