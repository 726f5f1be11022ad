#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/shop.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Adds or replaces one product with the given encoded pictures. Found by the next search when this
/// returns. If `keep_pictures`, `pictures` must be empty and the stored ones stay.
///
/// returns the product as stored; `created` tells whether the id was new.
/// errors: those of DecodePhoto (the message names the picture by its position); kInvalidArgument
/// without any picture.
struct PutOutcome {
  Product product;
  bool created = false;
};
[[nodiscard]] Result<PutOutcome> PutProduct(const CurrentShop& shops, Product product,
                                            std::span<const std::vector<std::byte>> pictures,
                                            bool keep_pictures);

/// Removes a product, its vectors, and pictures that no other product uses. Not found by the next
/// search. errors: kNotFound.
Status RemoveProduct(const CurrentShop& shops, const std::string& id);

/// A stored picture as it was imported, or as a WebP thumbnail at most `width` pixels wide.
struct PictureBytes {
  std::string media_type;
  std::string etag;  ///< changes when the content or the width changes
  std::vector<std::byte> bytes;
};
/// errors: kNotFound; kInvalidArgument for a width outside 16 .. 2048.
[[nodiscard]] Result<PictureBytes> ReadPicture(const Shop& shop, PictureId id,
                                               std::optional<int> width);

}  // namespace snapshelf
