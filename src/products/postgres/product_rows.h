#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "products/key_blocks.h"
#include "products/postgres/connection.h"
#include "products/product.h"
#include "products/product_store.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// Products with titles and pictures, in the order asked for; unknown ones are left out. Each call
/// is one statement, so that the parts belong together.
[[nodiscard]] Result<std::vector<Product>> ReadProducts(Connection& connection,
                                                        std::span<const std::string> ids);
[[nodiscard]] Result<std::vector<Product>> ReadProducts(Connection& connection,
                                                        std::span<const ProductKey> keys);

/// At most `limit` pictures from the id `first` on, in ascending id.
[[nodiscard]] Result<std::vector<StoredPicture>> ReadPictures(Connection& connection,
                                                              PictureId first, std::int64_t limit);

/// Picture::local_features in the order of `pictures`; empty for those that have none.
[[nodiscard]] Result<std::vector<std::vector<std::byte>>> ReadLocalFeatures(
    Connection& connection, std::span<const PictureId> pictures);

/// The products of ProductFilter::words.
[[nodiscard]] Result<std::vector<ProductKey>> FindByWords(Connection& connection,
                                                          const std::string& words);

/// Adds or replaces products, all with different ids, as part of write `number`. Fills in keys and
/// picture ids; pictures that a product had keep theirs. Appends the ids of pictures that are gone
/// to `removed`. Inside a write.
Status WriteProducts(Connection& connection, std::int64_t number, KeyBlocks& keys,
                     std::span<Product> products, std::vector<PictureId>& removed);

/// Removes products with their titles and pictures, as part of write `number`. Inside a write.
Status DeleteProducts(Connection& connection, std::int64_t number,
                      std::span<const Product> products);

}  // namespace snapshelf::postgres
