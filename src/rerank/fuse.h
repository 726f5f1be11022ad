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
  /// From so many inliers on "the same item" may be said; a shortlist in which no candidate has as
  /// many keeps its scores. Fewer are common between two garments on one person.
  int same_item = 10;
  int inliers_free = 3;   ///< so many arise by chance between any two pictures, and count nothing
  int inliers_full = 30;  ///< more say nothing more
  float weight = 0.03F;   ///< added per inlier in between
};

/// Whether the shopper may be told "the same item" rather than "similar".
[[nodiscard]] bool IsSameItem(const Evidence& evidence, const FuseOptions& options = {});

/// The scores with the second look's part added, in the order of `shortlist`.
[[nodiscard]] std::vector<float> FuseScores(std::span<const Evidence> shortlist,
                                            const FuseOptions& options = {});

/// Places in `shortlist`, best first by FuseScores; equal scores stay in their order, so that a
/// sorted shortlist without the same item (plain garments, fruit) stays as it is.
[[nodiscard]] std::vector<std::size_t> FuseOrder(std::span<const Evidence> shortlist,
                                                 const FuseOptions& options = {});

}  // namespace snapshelf
