#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "products/key_blocks.h"
#include "products/product.h"
#include "products/product_store.h"
#include "products/sqlite/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::sqlite {

/// A product together with its titles and pictures; nullopt if there is none. Inside a transaction,
/// so that its parts belong together.
[[nodiscard]] Result<std::optional<Product>> ReadProduct(const Connection& connection,
                                                         const std::string& id);
[[nodiscard]] Result<std::optional<Product>> ReadProduct(const Connection& connection,
                                                         ProductKey key);

/// Calls `visit` with every product, but without titles, texts and pictures: what filters look at.
Status ReadAttributes(const Connection& connection,
                      const std::function<void(const Product&)>& visit);

[[nodiscard]] Result<std::optional<StoredPicture>> ReadPicture(const Connection& connection,
                                                               PictureId id);
/// Every picture, in ascending id.
Status ReadPictures(const Connection& connection,
                    const std::function<void(const StoredPicture&)>& visit);

/// Picture::local_features as stored; empty if there are none.
[[nodiscard]] Result<std::vector<std::byte>> ReadLocalFeatures(const Connection& connection,
                                                               PictureId picture);

/// The products that match ProductFilter::words.
[[nodiscard]] Result<std::vector<ProductKey>> FindByWords(const Connection& connection,
                                                          const std::string& words);

/// Adds or replaces `product` by its id, and fills in its key and picture ids; pictures that it had
/// keep theirs. Appends the ids of pictures that are gone to `removed`. Inside a write transaction.
Status WriteProduct(const Connection& writer, KeyBlocks& keys, Product& product,
                    std::vector<PictureId>& removed);

/// Adds `size` to a counter, and returns its new value. Not inside a transaction.
[[nodiscard]] Result<std::uint64_t> AdvanceCounter(const Connection& writer, std::string_view name,
                                                   std::uint64_t size);

/// Removes a product with its titles and pictures. Inside a write transaction.
Status DeleteProduct(const Connection& writer, ProductKey key);

}  // namespace snapshelf::sqlite
