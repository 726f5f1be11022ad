#pragma once

#include <vector>

#include "products/key_blocks.h"
#include "products/product.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What every store asks of a product before it writes it: an id, known currencies, and a hash for
/// each picture. errors: kInvalidArgument names the product.
Status CheckProduct(const Product& product);

/// Gives each picture the id of a stored one with the same content, or a new one. What is left in
/// `stored` is gone from the product.
void AssignPictureIds(KeyBlocks& keys, std::vector<Picture>& pictures,
                      std::vector<Picture>& stored);

}  // namespace snapshelf
