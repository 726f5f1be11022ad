#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "products/product.h"
#include "server/http.h"

namespace snapshelf {

/// Reads the JSON of PUT /v1/products/{id} (api/openapi.yaml, ProductDraft). `id` is the one of the
/// path.
///
/// errors: 400 with every wrong field; picture addresses are among them, because the server fetches
/// nothing from the network.
[[nodiscard]] std::expected<Product, Problem> ParseProductDraft(const std::string& id,
                                                                std::string_view json);

}  // namespace snapshelf
