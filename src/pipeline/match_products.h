#pragma once

#include <span>
#include <vector>

#include "pipeline/find_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Per embedding the products that look like it: one row per product, best picture first, exactly
/// query.k of them whenever so many pass query.filter and query.min_score.
[[nodiscard]] Result<std::vector<std::vector<ProductMatch>>> MatchProducts(
    const Shop& shop, std::span<const Embedding> embeddings, const ProductQuery& query);

}  // namespace snapshelf
