#pragma once

#include <vector>

#include "pipeline/match_products.h"

namespace snapshelf {

/// The page of `matches` (all that were looked through, most alike first) that `query` asks for, in
/// its order, with facets if it wants them.
///
/// By price: compared in the shopper's currency, else in that of the first product with a price;
/// products that have no price in it come last, most alike first.
[[nodiscard]] ProductList MakeProductList(std::vector<ProductMatch> matches,
                                          const ProductQuery& query);

}  // namespace snapshelf
