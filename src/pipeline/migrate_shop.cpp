#include "pipeline/migrate_shop.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "pipeline/shop.h"

namespace snapshelf {
namespace {

constexpr std::size_t kProductsAtATime = 256;
constexpr std::size_t kVectorsAtATime = 2048;
constexpr int kQueries = 100;
constexpr int kHits = 10;
// Scores of the same two vectors by other kernels, or from rounded vectors.
constexpr float kSameScore = 0.002F;

bool IsSame(const Product& a, const Product& b) {
  const auto same_picture = [](const Picture& x, const Picture& y) {
    return x.hash == y.hash && x.source == y.source;
  };
  return a.titles == b.titles && a.description == b.description && a.category == b.category &&
         a.brand == b.brand && a.color == b.color && a.price == b.price &&
         a.availability == b.availability && a.link == b.link &&
         std::ranges::equal(a.pictures, b.pictures, same_picture);
}

Result<std::vector<ProductKey>> KeysOf(const ProductStore& products) {
  std::set<ProductKey> keys;
  SNAPSHELF_RETURN_IF_ERROR(products.ForEachPicture(
      [&keys](const StoredPicture& stored) { keys.insert(stored.product); }));
  return std::vector(keys.begin(), keys.end());
}

Status ReadLocalFeatures(const ProductStore& products, Product& product) {
  std::vector<PictureId> ids;
  for (const Picture& picture : product.pictures) ids.push_back(picture.id);
  auto features = products.GetLocalFeatures(ids);
  if (!features) return std::unexpected(std::move(features).error());
  for (std::size_t i = 0; i < ids.size(); ++i)
    product.pictures[i].local_features = std::move((*features)[i]);
  return {};
}

}  // namespace

ShopMigration::ShopMigration(Catalog from, Catalog to, MigrationObserver observer,
                             std::stop_token stop)
    : from_(from),
      to_(to),
      observer_(std::move(observer)),
      stop_(std::move(stop)),
      start_(std::chrono::steady_clock::now()) {}

Status ShopMigration::Report() {
  progress_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  observer_(progress_);
  if (!stop_.stop_requested()) return {};
  return Fail(Code::kUnavailable, "stopped; run it again to go on");
}

Status ShopMigration::CopyProducts() {
  const auto keys = KeysOf(from_.products);
  if (!keys) return std::unexpected(keys.error());
  progress_.products = static_cast<std::int64_t>(keys->size());
  for (std::size_t first = 0; first < keys->size(); first += kProductsAtATime) {
    SNAPSHELF_RETURN_IF_ERROR(CopyBatch(
        std::span(*keys).subspan(first, std::min(kProductsAtATime, keys->size() - first))));
    SNAPSHELF_RETURN_IF_ERROR(Report());
  }
  return RemoveOthers();
}

Status ShopMigration::CopyBatch(std::span<const ProductKey> keys) {
  // Those that are gone by now are left out.
  auto products = from_.products.GetByKeys(keys);
  if (!products) return std::unexpected(std::move(products).error());
  progress_.products_done += static_cast<std::int64_t>(keys.size());
  std::vector<std::string> ids;
  for (const Product& product : *products) ids.push_back(product.id);
  const auto stored = to_.products.GetByIds(ids);
  if (!stored) return std::unexpected(stored.error());
  std::unordered_map<std::string_view, const Product*> stored_by_id;
  for (const Product& product : *stored) stored_by_id[product.id] = &product;

  std::vector<Product> old;
  std::vector<Product> fresh;
  for (Product& product : *products) {
    const auto found = stored_by_id.find(product.id);
    if (found != stored_by_id.end() && IsSame(product, *found->second)) {
      Remember(product, *found->second);
      continue;
    }
    SNAPSHELF_RETURN_IF_ERROR(CopyPictures(product));
    SNAPSHELF_RETURN_IF_ERROR(ReadLocalFeatures(from_.products, product));
    old.push_back(product);
    fresh.push_back(std::move(product));
  }
  if (fresh.empty()) return {};
  SNAPSHELF_RETURN_IF_ERROR(to_.pictures.Sync());
  const auto removed = to_.products.Put(fresh, nullptr);
  if (!removed) return std::unexpected(removed.error());
  for (std::size_t i = 0; i < fresh.size(); ++i) Remember(old[i], fresh[i]);
  progress_.products_written += static_cast<std::int64_t>(fresh.size());
  return {};
}

Status ShopMigration::CopyPictures(const Product& product) {
  for (const Picture& picture : product.pictures) {
    if (to_.pictures.Contains(picture.hash)) continue;
    const auto bytes = from_.pictures.Get(picture.hash);
    if (!bytes) return Annotate(fmt::format("product {}", product.id), bytes.error());
    SNAPSHELF_RETURN_IF_ERROR(to_.pictures.Put(picture.hash, *bytes));
  }
  return {};
}

void ShopMigration::Remember(const Product& old, const Product& fresh) {
  for (std::size_t i = 0; i < old.pictures.size(); ++i) {
    const Place place{.picture = fresh.pictures[i].id, .product = fresh.key};
    places_[old.pictures[i].id] = place;
    expected_[place.picture] = place.product;
  }
}

Status ShopMigration::RemoveOthers() {
  std::unordered_set<ProductKey> known;
  for (const auto& [picture, product] : expected_) known.insert(product);
  const auto keys = KeysOf(to_.products);
  if (!keys) return std::unexpected(keys.error());
  std::vector<ProductKey> others;
  std::ranges::copy_if(*keys, std::back_inserter(others),
                       [&](ProductKey key) { return !known.contains(key); });
  for (std::size_t first = 0; first < others.size(); first += kProductsAtATime) {
    const auto products = to_.products.GetByKeys(
        std::span(others).subspan(first, std::min(kProductsAtATime, others.size() - first)));
    if (!products) return std::unexpected(products.error());
    std::vector<std::string> ids;
    for (const Product& product : *products) ids.push_back(product.id);
    const auto removed = to_.products.Remove(ids);
    if (!removed) return std::unexpected(removed.error());
    progress_.products_removed += static_cast<std::int64_t>(removed->size());
    SNAPSHELF_RETURN_IF_ERROR(Report());
  }
  return {};
}

VectorId ShopMigration::NewIdOf(VectorId id, const Place& place) const {
  return VectorIdOf(place.picture, static_cast<int>(id % kVectorsPerPicture));
}

Status ShopMigration::CopyVectors(const VectorIndex& from, VectorIndex& to) {
  std::unordered_set<VectorId> present;
  std::vector<VectorId> others;
  SNAPSHELF_RETURN_IF_ERROR(to.ForEachName([&](VectorId id, GroupId group) {
    const auto found = expected_.find(PictureOf(id));
    if (found != expected_.end() && found->second == group)
      present.insert(id);
    else
      others.push_back(id);
  }));
  if (!others.empty()) SNAPSHELF_RETURN_IF_ERROR(to.Remove(others));

  progress_.vectors = static_cast<std::int64_t>(from.stats().vectors);
  std::vector<VectorRecord> records;  // their values are set when they are written
  std::vector<float> values;
  const auto dim = static_cast<std::size_t>(from.dim());
  const auto write = [&]() -> Status {
    for (std::size_t i = 0; i < records.size(); ++i)
      records[i].values = std::span(values).subspan(i * dim, dim);
    SNAPSHELF_RETURN_IF_ERROR(to.Add(records));
    progress_.vectors_written += static_cast<std::int64_t>(records.size());
    records.clear();
    values.clear();
    return Report();
  };
  Status written;
  SNAPSHELF_RETURN_IF_ERROR(from.ForEach([&](const VectorRecord& record) {
    if (!written) return;
    ++progress_.vectors_done;
    const auto found = places_.find(PictureOf(record.id));
    if (found == places_.end()) return;  // of a product that came or went meanwhile
    const VectorId id = NewIdOf(record.id, found->second);
    if (present.contains(id)) return;
    records.push_back({.id = id, .group = found->second.product, .values = {}});
    values.insert(values.end(), record.values.begin(), record.values.end());
    if (records.size() == kVectorsAtATime) written = write();
  }));
  if (written && !records.empty()) written = write();
  SNAPSHELF_RETURN_IF_ERROR(written);
  return Report();
}

Result<MigrationCheck> ShopMigration::Check(const VectorIndex& from, const VectorIndex& to) const {
  MigrationCheck check;
  const auto counts = to_.products.Counts();
  if (!counts) return std::unexpected(counts.error());
  check.products = counts->products;
  check.pictures = counts->pictures;
  std::vector<std::pair<VectorId, std::vector<float>>> queries;
  std::int64_t seen = 0;
  const std::int64_t step = std::max<std::int64_t>(1, progress_.vectors / kQueries);
  SNAPSHELF_RETURN_IF_ERROR(from.ForEach([&](const VectorRecord& record) {
    const auto found = places_.find(PictureOf(record.id));
    if (found == places_.end()) return;
    if (seen++ % step == 0 && queries.size() < kQueries)
      queries.emplace_back(NewIdOf(record.id, found->second),
                           std::vector(record.values.begin(), record.values.end()));
  }));
  std::unordered_set<VectorId> vectors;
  SNAPSHELF_RETURN_IF_ERROR(
      to.ForEachName([&](VectorId id, GroupId /*product*/) { vectors.insert(id); }));
  check.vectors = static_cast<std::int64_t>(vectors.size());
  if (check.pictures != static_cast<std::int64_t>(expected_.size()) || check.vectors != seen)
    return Fail(Code::kCorruption,
                fmt::format("the new shop has {} pictures and {} vectors, the old one {} and {}",
                            check.pictures, check.vectors, expected_.size(), seen));
  std::size_t hits = 0;
  std::size_t same = 0;
  const FindOptions options{.k = kHits, .one_per_group = false};
  for (const auto& [id, values] : queries) {
    const auto old_hits = from.Find(values, options);
    if (!old_hits) return std::unexpected(old_hits.error());
    const auto new_hits = to.Find(values, options);
    if (!new_hits) return std::unexpected(new_hits.error());
    if (old_hits->empty() || new_hits->empty() ||
        new_hits->front().score < old_hits->front().score - kSameScore)
      return Fail(Code::kCorruption,
                  fmt::format("vector {} is not found in the new shop as in the old one", id));
    for (const Hit& hit : *old_hits) {
      const auto found = places_.find(PictureOf(hit.id));
      if (found == places_.end()) continue;
      ++hits;
      const VectorId wanted = NewIdOf(hit.id, found->second);
      // Of hits that are equally good each index keeps which it likes at the last place.
      const bool has_equal =
          new_hits->size() == kHits && hit.score <= new_hits->back().score + kSameScore;
      if (has_equal || std::ranges::find(*new_hits, wanted, &Hit::id) != new_hits->end()) ++same;
    }
  }
  check.queries = static_cast<int>(queries.size());
  check.same_hits = hits == 0 ? 1 : static_cast<double>(same) / static_cast<double>(hits);
  return check;
}

}  // namespace snapshelf
