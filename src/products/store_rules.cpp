#include "products/store_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace snapshelf {

// Filters and prices rely on what is stored, so it is checked just before it is written.
Status CheckProduct(const Product& product) {
  if (product.id.empty()) return Fail(Code::kInvalidArgument, "a product needs an id");
  if (product.price)
    if (const auto exponent = CurrencyExponent(product.price->currency); !exponent)
      return Annotate(fmt::format("product {}", product.id), exponent.error());
  for (const Picture& picture : product.pictures) SNAPSHELF_CHECK(!picture.hash.empty());
  return {};
}

void AssignPictureIds(KeyBlocks& keys, std::vector<Picture>& pictures,
                      std::vector<Picture>& stored) {
  for (Picture& picture : pictures) {
    const auto same = std::ranges::find(stored, picture.hash, &Picture::hash);
    if (same == stored.end()) {
      picture.id = keys.TakePictureId();
    } else {
      picture.id = same->id;
      stored.erase(same);
    }
  }
}

}  // namespace snapshelf
