#include "pipeline/match_products.h"

#include <algorithm>
#include <unordered_map>

#include "embed/likeness.h"
#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

using ProductsByKey = std::unordered_map<ProductKey, Product>;

// A product that is removed between the two steps costs its row; a few spare hits keep the rows at
// k.
constexpr int kSpareHits = 8;

/// Hits of one object, less those that only its background needs.
struct Shortlist {
  std::vector<Hit> hits;  ///< best first
  float background = 0;   ///< BackgroundOf, before anything was dropped
};

Shortlist ToShortlist(std::vector<Hit> hits, const std::optional<Calibration>& calibration,
                      const ProductQuery& query) {
  Shortlist list{.hits = std::move(hits)};
  if (calibration) {
    std::vector<float> cosines;
    cosines.reserve(list.hits.size());
    for (const Hit& hit : list.hits) cosines.push_back(hit.score);
    list.background = BackgroundOf(*calibration, cosines);
  }
  // Both bounds grow with the cosine, so what passes them comes first.
  const auto passes = [&](const Hit& hit) {
    if (query.min_score && hit.score < *query.min_score) return false;
    return !query.min_likeness ||
           Likeness(*calibration, hit.score, list.background) >= *query.min_likeness;
  };
  const auto end = std::ranges::partition_point(list.hits, passes);
  const auto kept = std::min<std::ptrdiff_t>(end - list.hits.begin(), query.k + kSpareHits);
  list.hits.erase(list.hits.begin() + kept, list.hits.end());
  return list;
}

/// Products of all hits, each read once: the objects of a photo often find the same ones.
Result<ProductsByKey> ReadProducts(const Shop& shop, const std::vector<Shortlist>& lists) {
  std::vector<ProductKey> keys;
  for (const Shortlist& list : lists)
    for (const Hit& hit : list.hits) keys.push_back(hit.group);
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

std::vector<ProductMatch> Join(const Shortlist& list, const ProductsByKey& products,
                               const std::optional<Calibration>& calibration, std::size_t k) {
  std::vector<ProductMatch> matches;
  for (const Hit& hit : list.hits) {
    if (matches.size() == k) break;
    const auto found = products.find(hit.group);
    if (found == products.end()) continue;  // removed since the index answered
    ProductMatch& match = matches.emplace_back();
    match.product = found->second;
    match.picture = PictureOf(hit.id);
    match.score = hit.score;
    if (calibration) match.likeness = Likeness(*calibration, hit.score, list.background);
  }
  return matches;
}

}  // namespace

Result<std::vector<std::vector<ProductMatch>>> MatchProducts(const Shop& shop,
                                                             std::span<const Embedding> embeddings,
                                                             const ProductQuery& query) {
  const std::optional<Calibration>& calibration = shop.embedder.card().calibration;
  if (query.min_likeness && !calibration)
    return Fail(Code::kInvalidArgument,
                "min_likeness needs an embedder whose card has a calibration");
  GroupFilter passes;
  if (!query.filter.IsEmpty()) {
    auto compiled = shop.products.CompileFilter(query.filter);
    if (!compiled) return std::unexpected(std::move(compiled).error());
    passes = std::move(*compiled);
  }
  // A background lies below what is shown, also below min_score: ToShortlist applies that.
  const int background_last = calibration ? calibration->background.last : 0;
  const FindOptions options{.k = std::max(query.k + kSpareHits, background_last),
                            .min_score = calibration ? std::nullopt : query.min_score,
                            .filter = passes ? &passes : nullptr};

  static_assert(sizeof(Embedding) == kEmbeddingDim * sizeof(float));
  const std::span<const float> queries(embeddings.empty() ? nullptr : embeddings.front().data(),
                                       embeddings.size() * kEmbeddingDim);
  Result<std::vector<std::vector<Hit>>> hits;
  {
    const StageTimer timer(shop.metrics, "search");
    hits = shop.index.FindBatch(queries, options);
  }
  if (!hits) return std::unexpected(std::move(hits).error());
  std::vector<Shortlist> lists;
  lists.reserve(hits->size());
  for (auto& row : *hits) lists.push_back(ToShortlist(std::move(row), calibration, query));
  const auto products = ReadProducts(shop, lists);
  if (!products) return std::unexpected(products.error());

  std::vector<std::vector<ProductMatch>> matches;
  matches.reserve(lists.size());
  for (const Shortlist& list : lists)
    matches.push_back(Join(list, *products, calibration, static_cast<std::size_t>(query.k)));
  return matches;
}

}  // namespace snapshelf
