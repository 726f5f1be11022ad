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

/// The second look takes so many candidates.
inline constexpr int kShortlist = 50;

/// Per embedding the products that look like it, best first, no product twice: somewhat more than
/// query.k, and at least kShortlist, whenever so many pass query.filter and query.min_score.
[[nodiscard]] Result<std::vector<std::vector<Candidate>>> FindCandidates(
    const Shop& shop, std::span<const Embedding> embeddings, const ProductQuery& query);

/// Per row the products of its first `k` candidates that still exist.
[[nodiscard]] Result<std::vector<std::vector<ProductMatch>>> JoinProducts(
    const Shop& shop, std::span<const std::vector<Candidate>> candidates, int k);

}  // namespace snapshelf
