#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "products/product.h"
#include "server/http.h"

namespace snapshelf {

/// Reads the JSON of PUT /v1/products/{id} (api/openapi.yaml, ProductDraft). `id` is the one of the
/// path.
///
/// `picture_addresses` takes the member "pictures"; null where the server fetches nothing from the
/// network, which makes that member an error.
///
/// errors: 400 with every wrong field.
[[nodiscard]] std::expected<Product, Problem> ParseProductDraft(
    const std::string& id, std::string_view json, std::vector<std::string>* picture_addresses);

}  // namespace snapshelf
