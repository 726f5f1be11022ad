#include "pipeline/match_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "embed/likeness.h"
#include "pipeline/product_list.h"
#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

// A product that is removed between search and reading costs its row; a few spare candidates keep
// the rows at k.
constexpr int kSpare = 8;

using ProductsByKey = std::unordered_map<ProductKey, Product>;

Candidates ToCandidates(const std::vector<Hit>& hits, const std::optional<Calibration>& calibration,
                        std::optional<float> min_score, std::size_t count) {
  Candidates candidates;
  if (calibration) {
    std::vector<float> cosines;
    cosines.reserve(hits.size());
    for (const Hit& hit : hits) cosines.push_back(hit.score);
    candidates.background = BackgroundOf(*calibration, cosines);
  }
  for (const Hit& hit : hits) {
    if (candidates.best.size() == count || (min_score && hit.score < *min_score)) break;
    candidates.best.push_back({.vector = hit.id, .product = hit.group, .score = hit.score});
  }
  return candidates;
}

/// Products to read for an object: those of the page and before it, or all that are looked through.
int CountToRead(const ProductQuery& query) {
  const int page_end = query.offset + query.k + kSpare;
  const bool looks_through = query.facets || query.order != Order::kLikeness;
  return looks_through ? std::max(page_end, kSimilarMax) : page_end;
}

std::span<const Candidate> ToRead(const Candidates& candidates, const ProductQuery& query) {
  const auto count = static_cast<std::size_t>(CountToRead(query));
  return std::span(candidates.best).first(std::min(candidates.best.size(), count));
}

/// Products of all objects, each read once: the objects of a photo often find the same ones.
Result<ProductsByKey> ReadProducts(const Shop& shop, std::span<const Candidates> candidates,
                                   const ProductQuery& query) {
  std::vector<ProductKey> keys;
  for (const Candidates& object : candidates)
    for (const Candidate& candidate : ToRead(object, query)) keys.push_back(candidate.product);
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

std::vector<ProductMatch> Join(const Candidates& candidates, const ProductsByKey& products,
                               const std::optional<Calibration>& calibration,
                               const ProductQuery& query, const PriceConverter* converter) {
  std::vector<ProductMatch> matches;
  for (const Candidate& candidate : ToRead(candidates, query)) {
    const auto found = products.find(candidate.product);
    if (found == products.end()) continue;  // removed since the index answered
    std::optional<Conversion> converted;
    if (converter != nullptr && NeedsConversion(found->second.price, query.currency))
      converted = converter->Convert(*found->second.price, query.currency);
    std::optional<float> likeness;
    if (calibration) likeness = Likeness(*calibration, candidate.score, candidates.background);
    if (query.min_likeness && likeness < query.min_likeness) break;  // it falls with the score
    matches.push_back({.product = found->second,
                       .picture = PictureOf(candidate.vector),
                       .score = candidate.score,
                       .same_item = candidate.same_item,
                       .matches = candidate.matches,
                       .likeness = likeness,
                       .converted = std::move(converted)});
  }
  return matches;
}

/// With prices by the rates of today.
Result<CompiledFilter> CompileFilter(const Shop& shop, ProductFilter filter) {
  auto converter = shop.rates.Converter();
  if (!converter) return std::unexpected(std::move(converter).error());
  filter.converter = std::move(*converter);
  return shop.products.CompileFilter(filter);
}

std::optional<bool> IsGoodMatch(const Shop& shop, const ProductList& list) {
  const auto& calibration = shop.embedder.card().calibration;
  if (!calibration) return std::nullopt;
  return list.likeness_max >= calibration->good_match;
}

}  // namespace

Status CheckQuery(const ProductQuery& query) {
  if (query.k < 1 || query.k > kProductsMax)
    return Fail(Code::kInvalidArgument,
                fmt::format("k is {}; it must be 1 to {}", query.k, kProductsMax));
  if (query.offset < 0 || query.offset > kProductsMax - query.k)
    return Fail(Code::kInvalidArgument, fmt::format("offset {} and k {} go beyond {} products",
                                                    query.offset, query.k, kProductsMax));
  if (query.min_score && !(std::abs(*query.min_score) <= 1))
    return Fail(Code::kInvalidArgument,
                fmt::format("min_score is {}; it must be -1 to 1", *query.min_score));
  if (query.min_likeness && !(*query.min_likeness >= 0 && *query.min_likeness <= 1))
    return Fail(Code::kInvalidArgument,
                fmt::format("min_likeness is {}; it must be 0 to 1", *query.min_likeness));
  return {};
}

Result<std::vector<Candidates>> FindCandidates(const Shop& shop,
                                               std::span<const Embedding> embeddings,
                                               const ProductQuery& query) {
  const std::optional<Calibration>& calibration = shop.embedder.card().calibration;
  if (query.min_likeness && !calibration)
    return Fail(Code::kInvalidArgument,
                "min_likeness needs an embedder whose card has a calibration");
  std::optional<CompiledFilter> filter;
  if (!query.filter.IsEmpty()) {
    auto compiled = CompileFilter(shop, query.filter);
    if (!compiled) return std::unexpected(std::move(compiled).error());
    filter = std::move(*compiled);
  }
  const int count = std::max(CountToRead(query), kShortlist);
  // A background lies below what is shown, also below min_score: ToCandidates applies that.
  FindOptions options{.k = std::max(count, calibration ? calibration->background.last : 0),
                      .min_score = calibration ? std::nullopt : query.min_score};
  if (filter && filter->few)
    options.only = VectorSet{.ids = {}, .groups = *filter->few};
  else if (filter)
    options.filter = &filter->passes;

  static_assert(sizeof(Embedding) == kEmbeddingDim * sizeof(float));
  const std::span<const float> queries(embeddings.empty() ? nullptr : embeddings.front().data(),
                                       embeddings.size() * kEmbeddingDim);
  const StageTimer timer(shop.metrics, "search");
  const auto hits = shop.index.FindBatch(queries, options);
  if (!hits) return std::unexpected(hits.error());
  std::vector<Candidates> candidates;
  candidates.reserve(hits->size());
  for (const auto& row : *hits)
    candidates.push_back(
        ToCandidates(row, calibration, query.min_score, static_cast<std::size_t>(count)));
  return candidates;
}

Result<std::vector<ProductList>> JoinProducts(const Shop& shop,
                                              std::span<const Candidates> candidates,
                                              const ProductQuery& query) {
  const auto products = ReadProducts(shop, candidates, query);
  if (!products) return std::unexpected(products.error());
  std::shared_ptr<const PriceConverter> converter;
  if (!query.currency.empty()) {
    auto today = shop.rates.Converter();
    if (!today) return std::unexpected(std::move(today).error());
    converter = std::move(*today);
  }
  std::vector<ProductList> lists;
  for (const Candidates& object : candidates)
    lists.push_back(MakeProductList(
        Join(object, *products, shop.embedder.card().calibration, query, converter.get()), query));
  return lists;
}

FoundObject MakeFoundObject(const Shop& shop, const PhotoObject& object, ProductList list) {
  const auto good_match = IsGoodMatch(shop, list);
  return {.box = object.box,
          .class_name = object.class_name,
          .score = object.score,
          .products = std::move(list.products),
          .has_more = list.has_more,
          .facets = std::move(list.facets),
          .good_match = good_match};
}

}  // namespace snapshelf
