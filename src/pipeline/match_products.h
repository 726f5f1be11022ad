#pragma once

#include <span>
#include <vector>

#include "pipeline/find_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Per embedding the products that look like it: one row per product, best picture first, exactly
/// query.k of them whenever so many pass query.filter, query.min_score and query.min_likeness. The
/// likeness is that of the filtered catalog, and depends on none of the other three.
/// errors: kInvalidArgument for a filter, or for min_likeness without a calibration.
[[nodiscard]] Result<std::vector<std::vector<ProductMatch>>> MatchProducts(
    const Shop& shop, std::span<const Embedding> embeddings, const ProductQuery& query);

}  // namespace snapshelf
