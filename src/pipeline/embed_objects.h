#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pipeline/objects.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Catalog pictures are shrunk to this before they are embedded: the models see a few hundred
/// pixels; more would only cost memory while a batch is under way.
inline constexpr int kCatalogLongestSide = 640;

/// Embeddings of the objects of one photo, in order; one batch through the model.
[[nodiscard]] Result<std::vector<Embedding>> EmbedObjects(const Shop& shop, const Photo& photo,
                                                          std::span<const PhotoObject> objects);

/// Per catalog picture the embeddings to store, the whole picture's first; all pictures go through
/// the models as one batch.
[[nodiscard]] Result<std::vector<std::vector<Embedding>>> EmbedPictures(
    const Shop& shop, std::span<const Photo* const> photos);

/// The same for one encoded catalog picture. errors: those of DecodePhoto too.
[[nodiscard]] Result<std::vector<Embedding>> EmbedPictureFile(const Shop& shop,
                                                              std::span<const std::byte> encoded);

}  // namespace snapshelf
