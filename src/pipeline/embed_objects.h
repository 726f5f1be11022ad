#pragma once

#include <span>
#include <vector>

#include "pipeline/objects.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// Embeddings of the objects of one photo, in order; one batch through the model.
[[nodiscard]] Result<std::vector<Embedding>> EmbedObjects(const Shop& shop, const Photo& photo,
                                                          std::span<const PhotoObject> objects);

/// Per catalog picture the embeddings to store, the whole picture's first; all pictures go through
/// the models as one batch.
[[nodiscard]] Result<std::vector<std::vector<Embedding>>> EmbedPictures(
    const Shop& shop, std::span<const Photo* const> photos);

}  // namespace snapshelf
