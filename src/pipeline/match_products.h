#pragma once

#include <optional>
#include <span>
#include <vector>

#include "pipeline/find_products.h"
#include "pipeline/objects.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// A product that may be answered: its best vector, and what a second look says of it.
struct Candidate {
  VectorId vector = 0;
  ProductKey product = 0;
  float score = 0;  ///< cosine; a second look may raise it
  bool same_item = false;
  std::vector<MatchedPair> matches;  ///< of the same item: the spots that say so
};

/// What may be answered for one object.
struct Candidates {
  std::vector<Candidate> best;  ///< best first, no product twice
  float background = 0;         ///< BackgroundOf the cosines; 0 without a calibration
};

/// The second look takes so many candidates.
inline constexpr int kShortlist = 50;

/// errors: kInvalidArgument names the value and its range.
Status CheckQuery(const ProductQuery& query);

/// Per embedding the products that look like it: somewhat more than query asks for, and at least
/// kShortlist, whenever so many pass query.filter and query.min_score. The background is that of
/// the filtered catalog.
///
/// errors: kInvalidArgument for a filter, or for min_likeness without a calibration.
[[nodiscard]] Result<std::vector<Candidates>> FindCandidates(const Shop& shop,
                                                             std::span<const Embedding> embeddings,
                                                             const ProductQuery& query);

/// What is answered for one object.
struct ProductList {
  std::vector<ProductMatch> products;
  bool has_more = false;
  std::optional<Facets> facets;
  std::optional<float> likeness_max;  ///< of all, also those that are not on this page
};

/// Per object those of its products that still exist, pass query.min_likeness and lie on the page
/// that query asks for.
[[nodiscard]] Result<std::vector<ProductList>> JoinProducts(const Shop& shop,
                                                            std::span<const Candidates> candidates,
                                                            const ProductQuery& query);

[[nodiscard]] FoundObject MakeFoundObject(const Shop& shop, const PhotoObject& object,
                                          ProductList list);

}  // namespace snapshelf
