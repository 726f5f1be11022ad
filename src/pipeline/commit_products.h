#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pipeline/shop.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A picture that the product did not have before, ready to be stored.
struct NewPicture {
  std::string hash;
  std::vector<std::byte> bytes;       ///< encoded, as it came
  std::vector<Embedding> embeddings;  ///< 1 .. kVectorsPerPicture, the whole picture's first
};

/// A product ready to be stored; `added` holds the pictures of product.pictures that are new to it.
struct PreparedProduct {
  Product product;
  std::vector<NewPicture> added;
  int generation = 1;  ///< of the shop whose models made the embeddings
};

/// Stores products with their pictures and vectors: picture files first, then vectors, then the
/// products, each synced, so that a crash in between leaves the old products and, at worst, files
/// and vectors that RemoveOrphans clears away. Fills in keys and picture ids. All or nothing.
/// Pictures that were embedded before the shop changed its models are embedded again.
///
/// threads: takes shops.writer().
Status CommitProducts(const CurrentShop& shops, std::span<PreparedProduct> prepared);

/// Removes products, their vectors, and the picture files that nobody uses any more. Unknown ids
/// are ignored; returns how many were removed.
[[nodiscard]] Result<std::size_t> RemoveProducts(const CurrentShop& shops,
                                                 std::span<const std::string> ids);

/// Clears away what a crash may have left: vectors without a picture. Called once, before the shop
/// opens.
Status RemoveOrphans(const Shop& shop);

}  // namespace snapshelf
