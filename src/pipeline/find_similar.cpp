// ProductFinder::FindSimilar: the catalog's own picture takes the place of the shopper's photo.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "photo/resize.h"
#include "pipeline/embed_objects.h"
#include "pipeline/find_products.h"
#include "pipeline/match_products.h"

namespace snapshelf {

Result<std::vector<ProductMatch>> ProductFinder::FindSimilar(const std::string& product_id,
                                                             const ProductQuery& query) const {
  if (query.k < 1 || query.k > kProductsMax)
    return Fail(Code::kInvalidArgument,
                fmt::format("k is {}; it must be 1 to {}", query.k, kProductsMax));
  const auto shop = shops_.Get();
  const auto product = shop->products.Get(product_id);
  if (!product) return std::unexpected(product.error());
  SNAPSHELF_CHECK(!product->pictures.empty());

  const auto bytes = shop->pictures.Get(product->pictures.front().hash);
  if (!bytes) return std::unexpected(bytes.error());
  const auto photo = DecodePhoto(*bytes, {.limits = shop->limits});
  if (!photo) return std::unexpected(photo.error());
  const PhotoObject whole{.box = WholeBox(*photo), .class_name = kWholePicture, .score = 1};
  const auto embeddings = EmbedObjects(*shop, *photo, {&whole, 1});
  if (!embeddings) return std::unexpected(embeddings.error());

  ProductQuery with_itself = query;
  with_itself.k = query.k + 1;
  const auto candidates = FindCandidates(*shop, *embeddings, with_itself);
  if (!candidates) return std::unexpected(candidates.error());
  auto matches = JoinProducts(*shop, *candidates, with_itself);
  if (!matches) return std::unexpected(std::move(matches).error());
  std::vector<ProductMatch>& found = matches->front();
  std::erase_if(found, [&](const ProductMatch& match) { return match.product.id == product_id; });
  if (found.size() > static_cast<std::size_t>(query.k))
    found.resize(static_cast<std::size_t>(query.k));
  return std::move(found);
}

}  // namespace snapshelf
