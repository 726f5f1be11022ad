#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "cli/evaluation.h"
#include "pipeline/find_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Writes `photo` (encoded) with the boxes of `answer` beside the pictures found to the JPEG file
/// `path`.
Status DrawAnswer(const Shop& shop, std::span<const std::byte> photo, const Answer& answer,
                  const std::filesystem::path& path);

/// Writes a query that failed: the `object` that it was judged by and what was found for it, and
/// below it the box and the pictures of the products that `row` means. errors: kNotFound for a
/// product that the shop lacks.
[[nodiscard]] Status DrawFailure(const Shop& shop, std::span<const std::byte> photo,
                                 const FoundObject& object, const TruthRow& row,
                                 const std::filesystem::path& path);

}  // namespace snapshelf
