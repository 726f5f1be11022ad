#pragma once

#include <span>
#include <vector>

#include "pipeline/find_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// A product that may be answered: its best vector, and what a second look says of it.
struct Candidate {
  VectorId vector = 0;
  ProductKey product = 0;
  float score = 0;  ///< cosine; a second look may raise it
  bool same_item = false;
};

/// What may be answered for one object.
struct Candidates {
  std::vector<Candidate> best;  ///< best first, no product twice
  float background = 0;         ///< BackgroundOf the cosines; 0 without a calibration
};

/// The second look takes so many candidates.
inline constexpr int kShortlist = 50;

/// Per embedding the products that look like it: somewhat more than query.k, and at least
/// kShortlist, whenever so many pass query.filter and query.min_score. The background is that of
/// the filtered catalog.
///
/// errors: kInvalidArgument for a filter, or for min_likeness without a calibration.
[[nodiscard]] Result<std::vector<Candidates>> FindCandidates(const Shop& shop,
                                                             std::span<const Embedding> embeddings,
                                                             const ProductQuery& query);

/// Per object its first query.k products that still exist and pass query.min_likeness.
[[nodiscard]] Result<std::vector<std::vector<ProductMatch>>> JoinProducts(
    const Shop& shop, std::span<const Candidates> candidates, const ProductQuery& query);

}  // namespace snapshelf
