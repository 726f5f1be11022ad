#include "pipeline/verify_store.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "base/check.h"
#include "pipeline/shop.h"

namespace snapshelf {

namespace {

/// The product's own id, or its key if it cannot be read.
std::string IdOf(const ProductStore& products, ProductKey key) {
  const auto found = products.GetByKeys({&key, 1});
  return found && !found->empty() ? found->front().id : fmt::to_string(key);
}

}  // namespace

Result<VerifyReport> VerifyStore(const ProductStore& products, const PictureFiles& pictures,
                                 const VectorIndex& index,
                                 const std::function<void(const std::string&)>& on_problem) {
  VerifyReport report;
  const auto problem = [&](const std::string& text) {
    ++report.problems;
    on_problem(text);
  };
  if (const auto sound = products.CheckIntegrity(); !sound) problem(sound.error().message);

  std::unordered_map<PictureId, ProductKey> without_vector;
  std::unordered_map<PictureId, ProductKey> owners;
  std::unordered_set<std::string> used;
  SNAPSHELF_RETURN_IF_ERROR(products.ForEachPicture([&](const StoredPicture& stored) {
    ++report.pictures;
    owners[stored.picture.id] = stored.product;
    without_vector[stored.picture.id] = stored.product;
    if (!used.insert(stored.picture.hash).second) return;
    if (const auto bytes = pictures.Get(stored.picture.hash); !bytes)
      problem(fmt::format("picture {} of product {}: {}", stored.picture.id, stored.product,
                          bytes.error().message));
  }));

  SNAPSHELF_RETURN_IF_ERROR(index.ForEachName([&](VectorId id, GroupId owner_key) {
    ++report.vectors;
    const PictureId picture = PictureOf(id);
    without_vector.erase(picture);
    const auto owner = owners.find(picture);
    if (owner == owners.end()) {
      problem(fmt::format("vector {}: its picture {} does not exist", id, picture));
    } else if (owner->second != owner_key) {
      problem(fmt::format("vector {}: belongs to product {}, its picture {} to {}", id, owner_key,
                          picture, owner->second));
    }
  }));

  for (const auto& [picture, product] : without_vector)
    problem(
        fmt::format("picture {} of product {}: has no vector, so that it cannot be found; "
                    "snapshelf verify --repair embeds it",
                    picture, IdOf(products, product)));

  SNAPSHELF_RETURN_IF_ERROR(pictures.ForEach([&](const std::string& hash, std::uint64_t) {
    ++report.files;
    if (!used.contains(hash)) problem(fmt::format("picture file {}: no product uses it", hash));
  }));
  return report;
}

}  // namespace snapshelf
