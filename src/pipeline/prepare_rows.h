#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "feeds/feed_reader.h"
#include "pipeline/commit_products.h"
#include "pipeline/shop.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A row's text as a product without pictures. errors: kInvalidArgument for price, currency or
/// availability.
[[nodiscard]] Result<Product> ProductFromDraft(const ProductDraft& draft);

/// Something wrong with a row or one of its pictures.
struct RowProblem {
  std::int64_t line = 0;
  std::string id;
  std::string reason;
};

/// What became of some rows of a feed.
struct PreparedRows {
  std::vector<PreparedProduct> products;  ///< new, changed, or with pictures that only moved
  std::vector<RowProblem> problems;
  std::int64_t added = 0;      ///< of `products`
  std::int64_t updated = 0;    ///< of `products`
  std::int64_t unchanged = 0;  ///< rows that need no new vector and no new text
  std::int64_t failed = 0;     ///< rows that give no product; each has a problem
  std::int64_t pictures_embedded = 0;
  std::int64_t pictures_failed = 0;
  std::int64_t pictures_without_second_look = 0;  ///< of those embedded
};

struct PrepareOptions {
  /// A picture that lies outside once links are followed is a problem; empty: any path will do.
  std::filesystem::path picture_root;
  std::int64_t second_look_pictures = 0;  ///< ImportOptions::second_look_pictures
};

/// Turns rows into products ready to be committed: compares them with what is stored, reads and
/// hashes the pictures that may have changed, and sends the new ones through the models as one
/// batch. Bad rows and pictures become problems.
///
/// errors: only what stops an import as a whole (the store or a model fails).
/// threads: safe.
[[nodiscard]] Result<PreparedRows> PrepareRows(const Shop& shop,
                                               const std::vector<ProductDraft>& rows,
                                               const PrepareOptions& options);

}  // namespace snapshelf
