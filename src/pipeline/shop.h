#pragma once

#include <mutex>

#include "base/metrics.h"
#include "detect/detector.h"
#include "embed/embedder.h"
#include "photo/decode.h"
#include "products/picture_files.h"
#include "products/product_store.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// With at most 26,832 bytes a picture (kRecordBytesMax) about 4 GB of disk.
inline constexpr std::int64_t kSecondLookPictures = 150'000;

/// The parts that both directions of the pipeline join: made once by the composition root, outlives
/// the pipeline.
struct Shop {
  const Detector& detector;
  const Embedder& embedder;
  VectorIndex& index;
  ProductStore& products;
  PictureFiles& pictures;
  PhotoLimits limits;
  Metrics& metrics;
  /// Held while products, vectors and picture files change together.
  std::mutex& writer;
  /// A picture that is added to a catalog of so many (an import counts what is committed) goes
  /// without a second look; 0: all do.
  std::int64_t second_look_pictures = kSecondLookPictures;
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
