#pragma once

#include <array>
#include <vector>

#include "rerank/local_features.h"

namespace snapshelf {

struct VerifyOptions {
  /// A keypoint is matched if its nearest descriptor is closer than this share of the distance to
  /// the second nearest (Lowe 2004, 7.1).
  float ratio_max = 0.85F;
  /// How far a matched keypoint may lie from where the geometry puts it, as a share of the longest
  /// side of the candidate's region.
  float tolerance = 0.04F;
  /// By how much a match's own turn may differ from that of the geometry, degrees.
  float turn_max = 30;
  /// By which factor a match's own scale may differ from that of the geometry.
  float scale_max = 1.8F;
};

/// Two keypoints that show the same spot, in pixels of the upright originals.
struct MatchedPair {
  float query_x = 0;
  float query_y = 0;
  float candidate_x = 0;
  float candidate_y = 0;
};

/// How much of the query's picture is found again in the candidate's, at places that fit together.
struct Verification {
  int matched = 0;                   ///< pairs of alike descriptors, before geometry
  std::vector<MatchedPair> inliers;  ///< those that one affine map explains, one per spot
  /// candidate = [a b c; d e f] * (query, 1), pixels of the upright originals; all zero without
  /// inliers.
  std::array<float, 6> query_to_candidate = {};
};

/// Compares two pictures by their local features: mutual nearest descriptors that pass the ratio
/// test, then every match proposes a similarity (shift, turn, scale), the one that most others fit
/// is refined to an affine map (Philbin et al. 2007). Nothing is random: the same pictures give the
/// same answer.
///
/// threads: safe.
/// cost:    keypoints squared; about 0.26 ms for 200 x 200 with AVX2.
[[nodiscard]] Verification VerifyMatch(const LocalFeatures& query, const LocalFeatures& candidate,
                                       const VerifyOptions& options = {});

}  // namespace snapshelf
