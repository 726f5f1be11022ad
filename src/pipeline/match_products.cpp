#include "pipeline/match_products.h"

#include <algorithm>
#include <unordered_map>

#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

// A product that is removed between search and reading costs its row; a few spare candidates keep
// the rows at k.
constexpr int kSpare = 8;

using ProductsByKey = std::unordered_map<ProductKey, Product>;

std::span<const Candidate> First(const std::vector<Candidate>& row, int count) {
  return std::span(row).first(std::min(row.size(), static_cast<std::size_t>(count)));
}

/// Products of all candidates, each read once: the objects of a photo often find the same ones.
Result<ProductsByKey> ReadProducts(const Shop& shop,
                                   std::span<const std::vector<Candidate>> candidates, int k) {
  std::vector<ProductKey> keys;
  for (const auto& row : candidates)
    for (const Candidate& candidate : First(row, k + kSpare)) keys.push_back(candidate.product);
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

std::vector<ProductMatch> Join(std::span<const Candidate> candidates, const ProductsByKey& products,
                               std::size_t k) {
  std::vector<ProductMatch> matches;
  for (const Candidate& candidate : candidates) {
    if (matches.size() == k) break;
    const auto found = products.find(candidate.product);
    if (found == products.end()) continue;  // removed since the index answered
    matches.push_back({.product = found->second,
                       .picture = PictureOf(candidate.vector),
                       .score = candidate.score,
                       .same_item = candidate.same_item});
  }
  return matches;
}

}  // namespace

Result<std::vector<std::vector<Candidate>>> FindCandidates(const Shop& shop,
                                                           std::span<const Embedding> embeddings,
                                                           const ProductQuery& query) {
  GroupFilter passes;
  if (!query.filter.IsEmpty()) {
    auto compiled = shop.products.CompileFilter(query.filter);
    if (!compiled) return std::unexpected(std::move(compiled).error());
    passes = std::move(*compiled);
  }
  const FindOptions options{.k = std::max(query.k + kSpare, kShortlist),
                            .min_score = query.min_score,
                            .filter = passes ? &passes : nullptr};

  static_assert(sizeof(Embedding) == kEmbeddingDim * sizeof(float));
  const std::span<const float> queries(embeddings.empty() ? nullptr : embeddings.front().data(),
                                       embeddings.size() * kEmbeddingDim);
  const StageTimer timer(shop.metrics, "search");
  const auto hits = shop.index.FindBatch(queries, options);
  if (!hits) return std::unexpected(hits.error());
  std::vector<std::vector<Candidate>> candidates(hits->size());
  for (std::size_t i = 0; i < hits->size(); ++i)
    for (const Hit& hit : (*hits)[i])
      candidates[i].push_back({.vector = hit.id, .product = hit.group, .score = hit.score});
  return candidates;
}

Result<std::vector<std::vector<ProductMatch>>> JoinProducts(
    const Shop& shop, std::span<const std::vector<Candidate>> candidates, int k) {
  const auto products = ReadProducts(shop, candidates, k);
  if (!products) return std::unexpected(products.error());
  std::vector<std::vector<ProductMatch>> matches;
  for (const auto& row : candidates)
    matches.push_back(Join(First(row, k + kSpare), *products, static_cast<std::size_t>(k)));
  return matches;
}

}  // namespace snapshelf
