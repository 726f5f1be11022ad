#include "pipeline/match_products.h"

#include <algorithm>
#include <unordered_map>

#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

using Hits = std::vector<std::vector<Hit>>;
using ProductsByKey = std::unordered_map<ProductKey, Product>;

/// Products of all hits, each read once: the objects of a photo often find the same ones.
Result<ProductsByKey> ReadProducts(const Shop& shop, const Hits& hits) {
  std::vector<ProductKey> keys;
  for (const auto& row : hits)
    for (const Hit& hit : row) keys.push_back(hit.group);
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());

  const StageTimer timer(shop.metrics, "products");
  auto products = shop.products.GetByKeys(keys);
  if (!products) return std::unexpected(std::move(products).error());
  ProductsByKey by_key;
  for (Product& product : *products) by_key.emplace(product.key, std::move(product));
  return by_key;
}

std::vector<ProductMatch> Join(const std::vector<Hit>& hits, const ProductsByKey& products,
                               std::size_t k) {
  std::vector<ProductMatch> matches;
  for (const Hit& hit : hits) {
    if (matches.size() == k) break;
    const auto found = products.find(hit.group);
    if (found == products.end()) continue;  // removed since the index answered
    matches.push_back({.product = found->second, .picture = PictureOf(hit.id), .score = hit.score});
  }
  return matches;
}

}  // namespace

Result<std::vector<std::vector<ProductMatch>>> MatchProducts(const Shop& shop,
                                                             std::span<const Embedding> embeddings,
                                                             const ProductQuery& query) {
  GroupFilter passes;
  if (!query.filter.IsEmpty()) {
    auto compiled = shop.products.CompileFilter(query.filter);
    if (!compiled) return std::unexpected(std::move(compiled).error());
    passes = std::move(*compiled);
  }
  // A product that is removed between the two steps costs its row; a few spare hits keep the rows
  // at k.
  constexpr int kSpareHits = 8;
  const FindOptions options{.k = query.k + kSpareHits,
                            .min_score = query.min_score,
                            .filter = passes ? &passes : nullptr};

  static_assert(sizeof(Embedding) == kEmbeddingDim * sizeof(float));
  const std::span<const float> queries(embeddings.empty() ? nullptr : embeddings.front().data(),
                                       embeddings.size() * kEmbeddingDim);
  Result<Hits> hits;
  {
    const StageTimer timer(shop.metrics, "search");
    hits = shop.index.FindBatch(queries, options);
  }
  if (!hits) return std::unexpected(std::move(hits).error());
  const auto products = ReadProducts(shop, *hits);
  if (!products) return std::unexpected(products.error());

  std::vector<std::vector<ProductMatch>> matches;
  for (const auto& row : *hits)
    matches.push_back(Join(row, *products, static_cast<std::size_t>(query.k)));
  return matches;
}

}  // namespace snapshelf
