#pragma once

#include <optional>
#include <string>

#include "pipeline/find_products.h"

namespace snapshelf {

/// The answer of a search as REST /v1/search and `search --json` give it (api/openapi.yaml,
/// SearchAnswer). `query` is what was asked.
[[nodiscard]] std::string AnswerJson(const Answer& answer, const ProductQuery& query);

/// The products similar to one (SimilarAnswer).
[[nodiscard]] std::string SimilarJson(const FoundObject& object, const ProductQuery& query);

/// A stored product with its pictures (Product), and its price in the shopper's currency.
[[nodiscard]] std::string ProductJson(const Product& product,
                                      const std::optional<Conversion>& converted = {});

}  // namespace snapshelf
