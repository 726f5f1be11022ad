#pragma once

#include <expected>
#include <initializer_list>
#include <string_view>

#include "pipeline/find_products.h"
#include "server/http.h"

namespace snapshelf {

/// What a search may be asked, from the query or the fields of a form, as api/openapi.yaml lists
/// it. `also` names fields that the route reads itself.
///
/// errors: 400 with every wrong field, its value and its range: unknown names and names given
/// twice too, because a mistyped filter that is ignored looks like a wrong answer.
[[nodiscard]] std::expected<ProductQuery, Problem> ParseProductQuery(
    const Fields& fields, std::initializer_list<std::string_view> also = {});

/// An integer field within min .. max, or nothing if it is not given. errors: as above.
[[nodiscard]] std::expected<std::optional<int>, Problem> ParseIntField(const Fields& fields,
                                                                       std::string_view name,
                                                                       int min, int max);

/// The fields of a query; those that a form gives too are taken from the form.
[[nodiscard]] Fields MergeFields(const Fields& query, const Fields& form);

}  // namespace snapshelf
