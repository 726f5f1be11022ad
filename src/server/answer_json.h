#pragma once

#include <span>
#include <string>

#include "pipeline/find_products.h"

namespace snapshelf {

/// The answer of a search as REST /v1/search and `search --json` give it (api/openapi.yaml,
/// SearchAnswer).
[[nodiscard]] std::string AnswerJson(const Answer& answer);

/// {"products": [...]} (SimilarAnswer).
[[nodiscard]] std::string SimilarJson(std::span<const ProductMatch> products);

/// A stored product with its pictures (Product).
[[nodiscard]] std::string ProductJson(const Product& product);

}  // namespace snapshelf
