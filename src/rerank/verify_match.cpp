#include "rerank/verify_match.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>

#include "kernels/kernels.h"

namespace snapshelf {
namespace {

constexpr std::int32_t kUnit = 65'536;  // dot product of a descriptor with itself

struct Match {
  std::size_t query = 0;
  std::size_t candidate = 0;
};

/// An affine map between regions, each in units of its own longest side.
using Affine = std::array<float, 6>;

/// A match in the units of Affine.
struct Spot {
  float query_x, query_y, candidate_x, candidate_y;
  float scale;  ///< candidate's size over query's
  float turn;   ///< radians
};

struct Nearest {
  std::int32_t best = -1;
  std::int32_t second = -1;
  std::size_t index = 0;

  void Offer(std::int32_t dot, std::size_t at) {
    if (dot > best) {
      second = best;
      best = dot;
      index = at;
    } else if (dot > second) {
      second = dot;
    }
  }
};

/// Mutual nearest neighbours that pass the ratio test.
std::vector<Match> MatchDescriptors(const LocalFeatures& query, const LocalFeatures& candidate,
                                    float ratio_max) {
  const Kernels& kernels = ActiveKernels();
  std::vector<Nearest> of_query(query.keypoints.size());
  std::vector<Nearest> of_candidate(candidate.keypoints.size());
  for (std::size_t q = 0; q < of_query.size(); ++q) {
    const std::int8_t* descriptor = query.Descriptor(q).data();
    for (std::size_t c = 0; c < of_candidate.size(); ++c) {
      const std::int32_t dot =
          kernels.dot_i8(descriptor, candidate.Descriptor(c).data(), kDescriptorSize);
      of_query[q].Offer(dot, c);
      of_candidate[c].Offer(dot, q);
    }
  }
  std::vector<Match> matches;
  for (std::size_t q = 0; q < of_query.size(); ++q) {
    const Nearest& nearest = of_query[q];
    if (nearest.best < 0 || of_candidate[nearest.index].index != q) continue;
    // |a - b|^2 = 2 - 2 cos; half of it is enough for a ratio. Rounding makes some rows a little
    // longer than one.
    const auto best = static_cast<float>(std::max(kUnit - nearest.best, 0));
    const auto second = static_cast<float>(std::max(kUnit - nearest.second, 0));
    if (best < ratio_max * ratio_max * second) matches.push_back({q, nearest.index});
  }
  return matches;
}

float LongestSide(const Box& box) {
  return std::max({box.width, box.height, 1.0F});
}

constexpr float kRadians = std::numbers::pi_v<float> / 180;

Spot SpotOf(const LocalFeatures& query, const LocalFeatures& candidate, const Match& match) {
  const Keypoint& q = query.keypoints[match.query];
  const Keypoint& c = candidate.keypoints[match.candidate];
  const float query_side = LongestSide(query.region);
  const float candidate_side = LongestSide(candidate.region);
  return {.query_x = (q.x - query.region.x) / query_side,
          .query_y = (q.y - query.region.y) / query_side,
          .candidate_x = (c.x - candidate.region.x) / candidate_side,
          .candidate_y = (c.y - candidate.region.y) / candidate_side,
          .scale = (c.size / candidate_side) / (q.size / query_side),
          .turn = (c.angle - q.angle) * kRadians};
}

/// The similarity that a match alone proposes.
Affine SimilarityOf(const Spot& spot) {
  const float a = spot.scale * std::cos(spot.turn);
  const float b = spot.scale * std::sin(spot.turn);
  return {a, -b, spot.candidate_x - a * spot.query_x + b * spot.query_y,
          b, a,  spot.candidate_y - b * spot.query_x - a * spot.query_y};
}

bool Explains(const Affine& map, const Spot& spot, const VerifyOptions& options) {
  const float x = map[0] * spot.query_x + map[1] * spot.query_y + map[2] - spot.candidate_x;
  const float y = map[3] * spot.query_x + map[4] * spot.query_y + map[5] - spot.candidate_y;
  if (x * x + y * y > options.tolerance * options.tolerance) return false;
  const float scale = std::sqrt(std::abs(map[0] * map[4] - map[1] * map[3]));
  const float factor = spot.scale / scale;
  if (factor > options.scale_max || factor * options.scale_max < 1) return false;
  const float turn = std::atan2(map[3] - map[1], map[0] + map[4]);
  return std::cos(spot.turn - turn) >= std::cos(options.turn_max * kRadians);
}

std::vector<Spot> Explained(const Affine& map, const std::vector<Spot>& spots,
                            const VerifyOptions& options) {
  std::vector<Spot> explained;
  for (const Spot& spot : spots)
    if (Explains(map, spot, options)) explained.push_back(spot);
  return explained;
}

/// Solves the symmetric system m * x = r by Cramer's rule; nothing if it is nearly singular.
std::optional<std::array<double, 3>> Solve(const std::array<double, 6>& m,
                                           const std::array<double, 3>& r) {
  const auto [xx, xy, x, yy, y, n] = m;
  const double c00 = yy * n - y * y;
  const double c01 = x * y - xy * n;
  const double c02 = xy * y - x * yy;
  const double determinant = xx * c00 + xy * c01 + x * c02;
  if (std::abs(determinant) < 1e-6 * n) return std::nullopt;
  const double c11 = xx * n - x * x;
  const double c12 = x * xy - xx * y;
  const double c22 = xx * yy - xy * xy;
  return std::array<double, 3>{(c00 * r[0] + c01 * r[1] + c02 * r[2]) / determinant,
                               (c01 * r[0] + c11 * r[1] + c12 * r[2]) / determinant,
                               (c02 * r[0] + c12 * r[1] + c22 * r[2]) / determinant};
}

/// The affine map of least squares; nothing if the spots lie on a line, or if it mirrors or
/// squeezes as no photo of the same thing would.
std::optional<Affine> FitAffine(const std::vector<Spot>& spots) {
  std::array<double, 6> m{};
  std::array<double, 3> rx{};
  std::array<double, 3> ry{};
  for (const Spot& spot : spots) {
    const std::array<double, 3> q = {spot.query_x, spot.query_y, 1};
    m[0] += q[0] * q[0];
    m[1] += q[0] * q[1];
    m[2] += q[0];
    m[3] += q[1] * q[1];
    m[4] += q[1];
    m[5] += 1;
    for (std::size_t i = 0; i < 3; ++i) {
      rx[i] += q[i] * spot.candidate_x;
      ry[i] += q[i] * spot.candidate_y;
    }
  }
  const auto x = Solve(m, rx);
  const auto y = Solve(m, ry);
  if (!x || !y) return std::nullopt;
  const double determinant = (*x)[0] * (*y)[1] - (*x)[1] * (*y)[0];
  const double squares =
      (*x)[0] * (*x)[0] + (*x)[1] * (*x)[1] + (*y)[0] * (*y)[0] + (*y)[1] * (*y)[1];
  // squares / determinant = s + 1 / s for stretches whose ratio is s: at most 4 to 1.
  if (determinant <= 0 || squares > 4.25 * determinant) return std::nullopt;
  return Affine{static_cast<float>((*x)[0]), static_cast<float>((*x)[1]),
                static_cast<float>((*x)[2]), static_cast<float>((*y)[0]),
                static_cast<float>((*y)[1]), static_cast<float>((*y)[2])};
}

struct Geometry {
  Affine map = {};
  std::vector<Spot> inliers;
};

Geometry FindGeometry(const std::vector<Spot>& spots, const VerifyOptions& options) {
  Geometry best;
  for (const Spot& spot : spots) {
    const Affine map = SimilarityOf(spot);
    std::vector<Spot> inliers = Explained(map, spots, options);
    if (inliers.size() > best.inliers.size()) best = {map, std::move(inliers)};
  }
  constexpr int kRefinements = 3;
  for (int i = 0; i < kRefinements && best.inliers.size() >= 4; ++i) {
    const auto map = FitAffine(best.inliers);
    if (!map) break;
    std::vector<Spot> inliers = Explained(*map, spots, options);
    if (inliers.size() < best.inliers.size()) break;
    best = {*map, std::move(inliers)};
  }
  return best;
}

/// Leaves one of several inliers at nearly the same spot: SIFT describes a corner once for each of
/// its orientations and scales, which is not more evidence.
std::vector<Spot> Distinct(const std::vector<Spot>& spots) {
  constexpr float kApart = 0.01F;
  const auto near = [](float a, float b, float c, float d) {
    return std::abs(a - c) < kApart && std::abs(b - d) < kApart;
  };
  std::vector<Spot> distinct;
  for (const Spot& spot : spots) {
    const bool seen = std::ranges::any_of(distinct, [&](const Spot& other) {
      return near(spot.query_x, spot.query_y, other.query_x, other.query_y) ||
             near(spot.candidate_x, spot.candidate_y, other.candidate_x, other.candidate_y);
    });
    if (!seen) distinct.push_back(spot);
  }
  return distinct;
}

/// The map in pixels of the originals.
std::array<float, 6> InPixels(const Affine& map, const Box& query, const Box& candidate) {
  const float side = LongestSide(candidate);
  const float scale = side / LongestSide(query);
  const std::array<float, 6> m = {map[0] * scale, map[1] * scale, map[2] * side,
                                  map[3] * scale, map[4] * scale, map[5] * side};
  return {m[0], m[1], m[2] + candidate.x - m[0] * query.x - m[1] * query.y,
          m[3], m[4], m[5] + candidate.y - m[3] * query.x - m[4] * query.y};
}

}  // namespace

Verification VerifyMatch(const LocalFeatures& query, const LocalFeatures& candidate,
                         const VerifyOptions& options) {
  std::vector<Spot> spots;
  for (const Match& match : MatchDescriptors(query, candidate, options.ratio_max))
    spots.push_back(SpotOf(query, candidate, match));
  const Geometry geometry = FindGeometry(spots, options);

  Verification verification;
  verification.matched = static_cast<int>(spots.size());
  if (geometry.inliers.empty()) return verification;
  verification.query_to_candidate = InPixels(geometry.map, query.region, candidate.region);
  const float query_side = LongestSide(query.region);
  const float candidate_side = LongestSide(candidate.region);
  for (const Spot& spot : Distinct(geometry.inliers))
    verification.inliers.push_back(
        {.query_x = query.region.x + spot.query_x * query_side,
         .query_y = query.region.y + spot.query_y * query_side,
         .candidate_x = candidate.region.x + spot.candidate_x * candidate_side,
         .candidate_y = candidate.region.y + spot.candidate_y * candidate_side});
  return verification;
}

}  // namespace snapshelf
