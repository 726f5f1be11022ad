#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "base/metrics.h"
#include "detect/detector.h"
#include "embed/embedder.h"
#include "photo/decode.h"
#include "products/picture_files.h"
#include "products/product_store.h"
#include "products/rates_book.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The parts that both directions of the pipeline join: made by the composition root, outlives the
/// pipeline.
struct Shop {
  const Detector& detector;
  const Embedder& embedder;
  VectorIndex& index;
  ProductStore& products;
  PictureFiles& pictures;
  RatesBook& rates;
  PhotoLimits limits;
  Metrics& metrics;
  /// Grows when the shop changes its models, and with them detector, embedder and index.
  int generation = 1;
  /// Says kUnavailable where another server has given the catalog other models since: vectors that
  /// this one would write could not be found. Asked under the writers' lock of the products.
  std::function<Status()> check_is_current = [] { return Status{}; };
};

/// The shop as it is now. Its models and vectors change together and in one step: who begins
/// something takes the shop once and keeps it to the end, so that vectors of two models never meet.
///
/// threads: safe.
class CurrentShop {
 public:
  [[nodiscard]] std::shared_ptr<const Shop> Get() const {
    const std::scoped_lock lock(mutex_);
    return shop_;
  }
  /// Sets the first shop; later the caller holds writer(), so that no write falls in between.
  void Set(std::shared_ptr<const Shop> shop) {
    const std::scoped_lock lock(mutex_);
    shop_ = std::move(shop);
  }
  /// Held while products, vectors and picture files change together; the shop is taken under it.
  [[nodiscard]] std::mutex& writer() const { return writer_; }

 private:
  mutable std::mutex writer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Shop> shop_;
};

/// At import one picture gives at most this many vectors (docs/design/0003-vectors-per-picture.md);
/// vector id = picture id * 4 + slot.
inline constexpr int kVectorsPerPicture = 4;
[[nodiscard]] inline VectorId VectorIdOf(PictureId picture, int slot) {
  return picture * kVectorsPerPicture + static_cast<VectorId>(slot);
}
[[nodiscard]] inline PictureId PictureOf(VectorId vector) {
  return vector / kVectorsPerPicture;
}

}  // namespace snapshelf
