#include "pipeline/embed_objects.h"

#include "base/check.h"
#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

void AppendCrops(const Photo& photo, std::span<const PhotoObject> objects,
                 std::vector<Crop>& crops) {
  for (const PhotoObject& object : objects)
    crops.push_back({.photo = &photo, .box = WithMargin(object.box, photo)});
}

}  // namespace

Result<std::vector<Embedding>> EmbedObjects(const Shop& shop, const Photo& photo,
                                            std::span<const PhotoObject> objects) {
  std::vector<Crop> crops;
  AppendCrops(photo, objects, crops);
  const StageTimer timer(shop.metrics, "embed");
  return shop.embedder.Embed(crops);
}

Result<std::vector<std::vector<Embedding>>> EmbedPictures(const Shop& shop,
                                                          std::span<const Photo* const> photos) {
  std::vector<std::vector<Embedding>> embeddings(photos.size());
  if (photos.empty()) return embeddings;
  auto detections = shop.detector.Detect(photos);
  if (!detections) return std::unexpected(std::move(detections).error());

  std::vector<Crop> crops;
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const auto objects = ObjectsToStore(*photos[i], (*detections)[i]);
    counts.push_back(objects.size());
    AppendCrops(*photos[i], objects, crops);
  }
  auto all = shop.embedder.Embed(crops);
  if (!all) return std::unexpected(std::move(all).error());
  SNAPSHELF_CHECK(all->size() == crops.size());

  auto next = all->begin();
  for (std::size_t i = 0; i < photos.size(); ++i) {
    embeddings[i].assign(next, next + static_cast<std::ptrdiff_t>(counts[i]));
    next += static_cast<std::ptrdiff_t>(counts[i]);
  }
  return embeddings;
}

Result<std::vector<Embedding>> EmbedPictureFile(const Shop& shop,
                                                std::span<const std::byte> encoded) {
  const auto photo =
      DecodePhoto(encoded, {.limits = shop.limits, .longest_side_max = kCatalogLongestSide});
  if (!photo) return std::unexpected(photo.error());
  const Photo* const pointer = &*photo;
  auto embeddings = EmbedPictures(shop, {&pointer, 1});
  if (!embeddings) return std::unexpected(std::move(embeddings).error());
  return std::move(embeddings->front());
}

}  // namespace snapshelf
