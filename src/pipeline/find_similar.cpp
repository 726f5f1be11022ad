// ProductFinder::FindSimilar: the catalog's own picture takes the place of the shopper's photo.
#include <utility>
#include <vector>

#include "base/check.h"
#include "photo/resize.h"
#include "pipeline/embed_objects.h"
#include "pipeline/find_products.h"
#include "pipeline/match_products.h"

namespace snapshelf {

Result<FoundObject> ProductFinder::FindSimilar(const std::string& product_id,
                                               const ProductQuery& query) const {
  SNAPSHELF_RETURN_IF_ERROR(CheckQuery(query));
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

  auto candidates = FindCandidates(*shop, *embeddings, query);
  if (!candidates) return std::unexpected(std::move(candidates).error());
  std::erase_if(candidates->front().best,
                [&](const Candidate& candidate) { return candidate.product == product->key; });
  auto lists = JoinProducts(*shop, *candidates, query);
  if (!lists) return std::unexpected(std::move(lists).error());
  return MakeFoundObject(*shop, whole, std::move(lists->front()));
}

}  // namespace snapshelf
