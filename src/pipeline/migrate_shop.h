#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "products/picture_files.h"
#include "products/product_store.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// How far a migration is.
struct MigrationProgress {
  std::int64_t products = 0;  ///< that the old catalog has
  std::int64_t products_done = 0;
  std::int64_t products_written = 0;  ///< of `products_done`; the rest was there already
  std::int64_t products_removed = 0;  ///< that the old catalog no longer has
  std::int64_t vectors = 0;           ///< that belong to its pictures
  std::int64_t vectors_done = 0;
  std::int64_t vectors_written = 0;
  double seconds = 0;
};

/// Hears of a migration while it runs, in the thread that runs it.
using MigrationObserver = std::function<void(const MigrationProgress&)>;

/// Where products and their pictures are kept.
struct Catalog {
  ProductStore& products;
  PictureFiles& pictures;
};

/// How the answers of the two indexes compare.
struct MigrationCheck {
  std::int64_t products = 0;
  std::int64_t pictures = 0;
  std::int64_t vectors = 0;
  int queries = 0;  ///< stored vectors, each searched for in both
  /// Share of the ten hits of the old index that the new one gives, too, or ten that are as good.
  double same_hits = 0;
};

/// Copies a shop from one place to another, from a data folder to a cluster or back: products and
/// pictures, then the vectors as they are, so nothing is embedded again. The old shop is only read,
/// and may answer and change meanwhile; what changed is brought over by running it once more,
/// which writes only what differs, as after a stop or a kill. Nobody else writes to the new place.
///
///   ShopMigration migration(old, fresh, observer, stop.token());
///   migration.CopyProducts(); migration.CopyVectors(old_index, new_index);
///   const auto check = migration.Check(old_index, new_index);
///
/// The index is opened after CopyProducts: then it has the vectors of all products copied.
/// errors: those of the stores; kUnavailable when `stop` was requested.
class ShopMigration {
 public:
  ShopMigration(Catalog from, Catalog to, MigrationObserver observer, std::stop_token stop);

  Status CopyProducts();
  Status CopyVectors(const VectorIndex& from, VectorIndex& to);

  /// Counts, and asks both for the neighbours of some stored vectors. errors: kCorruption if counts
  /// differ, or if the new index does not find what it was asked for.
  [[nodiscard]] Result<MigrationCheck> Check(const VectorIndex& from, const VectorIndex& to) const;

  [[nodiscard]] const MigrationProgress& progress() const { return progress_; }

 private:
  /// A picture in the new place.
  struct Place {
    PictureId picture = 0;
    ProductKey product = 0;
  };

  Status CopyBatch(std::span<const ProductKey> keys);
  Status CopyPictures(const Product& product);
  Status RemoveOthers();
  void Remember(const Product& old, const Product& fresh);
  [[nodiscard]] VectorId NewIdOf(VectorId id, const Place& place) const;
  Status Report();

  Catalog from_;
  Catalog to_;
  MigrationObserver observer_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point start_;
  MigrationProgress progress_;
  std::unordered_map<PictureId, Place> places_;         // by the old id
  std::unordered_map<PictureId, ProductKey> expected_;  // what the new place must have
};

}  // namespace snapshelf
