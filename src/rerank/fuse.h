#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace snapshelf {

/// A product of the shortlist: its picture's likeness by embedding, and what the second look found.
struct Evidence {
  float score = 0;  ///< cosine of the embeddings
  int inliers = 0;  ///< Verification::inliers of its best picture
};

/// How matched spots add to the embedding's score; fitted on validation photos
/// (docs/design/0008-second-look.md).
struct FuseOptions {
  int inliers_free = 3;   ///< so many arise by chance between any two pictures, and count nothing
  int inliers_full = 30;  ///< more say nothing more
  float weight = 0.05F;   ///< added per inlier in between
  int same_item = 10;     ///< from so many on, "the same item" may be said
};

/// The score with the second look's part added; the score itself without evidence.
[[nodiscard]] float FusedScore(const Evidence& evidence, const FuseOptions& options = {});

/// Places in `shortlist`, best first by FusedScore; equal scores stay in their order. Where no
/// candidate has evidence (plain garments), the order of a sorted shortlist stays as it is.
[[nodiscard]] std::vector<std::size_t> FuseOrder(std::span<const Evidence> shortlist,
                                                 const FuseOptions& options = {});

/// Whether the shopper may be told "the same item" rather than "similar".
[[nodiscard]] bool IsSameItem(const Evidence& evidence, const FuseOptions& options = {});

}  // namespace snapshelf
