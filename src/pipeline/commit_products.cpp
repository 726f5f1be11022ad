#include "pipeline/commit_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/check.h"
#include "base/log.h"
#include "pipeline/embed_objects.h"

namespace snapshelf {
namespace {

void AppendSlots(PictureId picture, int first, std::vector<VectorId>& ids) {
  for (int slot = first; slot < kVectorsPerPicture; ++slot)
    ids.push_back(VectorIdOf(picture, slot));
}

/// The changes of the vector index that go with `stored`, the products with keys and picture ids
/// assigned.
struct VectorChanges {
  std::vector<VectorRecord> added;
  std::vector<VectorId> added_ids;
};

VectorChanges ChangesFor(std::span<const Product> stored,
                         std::span<const PreparedProduct> prepared) {
  SNAPSHELF_CHECK(stored.size() == prepared.size());
  VectorChanges changes;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    for (const NewPicture& added : prepared[i].added) {
      const auto picture = std::ranges::find(stored[i].pictures, added.hash, &Picture::hash);
      SNAPSHELF_CHECK(picture != stored[i].pictures.end() && picture->id != 0);
      for (std::size_t slot = 0; slot < added.embeddings.size(); ++slot) {
        const VectorId id = VectorIdOf(picture->id, static_cast<int>(slot));
        changes.added.push_back(
            {.id = id, .group = stored[i].key, .values = added.embeddings[slot]});
        changes.added_ids.push_back(id);
      }
    }
  }
  return changes;
}

using HashesById = std::map<std::string, std::set<std::string>>;

/// The pictures that the products have now.
Result<HashesById> StoredHashes(const ProductStore& products, std::span<const Product> named) {
  std::vector<std::string> ids;
  for (const Product& product : named) ids.push_back(product.id);
  const auto stored = products.GetByIds(ids);
  if (!stored) return std::unexpected(stored.error());
  HashesById hashes;
  for (const Product& product : *stored)
    for (const Picture& picture : product.pictures) hashes[product.id].insert(picture.hash);
  return hashes;
}

/// A picture that is not added must be there with its vectors: the product may have been changed
/// between its preparation and now.
Status CheckKeptPictures(std::span<const PreparedProduct> prepared, const HashesById& stored) {
  for (const PreparedProduct& one : prepared) {
    const Product& product = one.product;
    const auto has = stored.find(product.id);
    for (const Picture& picture : product.pictures) {
      const bool is_added =
          std::ranges::find(one.added, picture.hash, &NewPicture::hash) != one.added.end();
      if (is_added || (has != stored.end() && has->second.contains(picture.hash))) continue;
      return Fail(
          Code::kUnavailable,
          fmt::format("product {} was changed by somebody else at the same time; do it again",
                      product.id));
    }
  }
  return {};
}

Status RemoveVectorsOf(const Shop& shop, std::span<const PictureId> pictures) {
  std::vector<VectorId> ids;
  for (const PictureId picture : pictures) AppendSlots(picture, 0, ids);
  if (ids.empty()) return {};
  return shop.index.Remove(ids);
}

Status RemoveUnusedFiles(const Shop& shop, const HashesById& hashes) {
  std::set<std::string> distinct;
  for (const auto& [id, of_product] : hashes) distinct.insert(of_product.begin(), of_product.end());
  for (const std::string& hash : distinct) {
    const auto used = shop.products.UsesPicture(hash);
    if (!used) return std::unexpected(used.error());
    if (*used) continue;
    const Status removed = shop.pictures.Remove(hash);
    if (!removed && removed.error().code != Code::kNotFound) return removed;
  }
  return {};
}

/// Embeds anew what was prepared with models that the shop has left since then.
Status EmbedForGeneration(const Shop& shop, PreparedProduct& prepared) {
  if (prepared.generation == shop.generation) return {};
  for (NewPicture& added : prepared.added) {
    auto embeddings = EmbedPictureFile(shop, added.bytes);
    if (!embeddings) return std::unexpected(std::move(embeddings).error());
    added.embeddings = std::move(*embeddings);
  }
  prepared.generation = shop.generation;
  return {};
}

Status PutFiles(const Shop& shop, std::span<const PreparedProduct> prepared) {
  bool any = false;
  for (const PreparedProduct& product : prepared) {
    for (const NewPicture& picture : product.added) {
      SNAPSHELF_RETURN_IF_ERROR(shop.pictures.Put(picture.hash, picture.bytes));
      any = true;
    }
  }
  return any ? shop.pictures.Sync() : Status();
}

}  // namespace

Status CommitProducts(const CurrentShop& shops, std::span<PreparedProduct> prepared) {
  if (prepared.empty()) return {};
  std::vector<Product> products;
  products.reserve(prepared.size());
  for (const PreparedProduct& one : prepared) products.push_back(one.product);

  const std::scoped_lock lock(shops.writer());
  const auto current = shops.Get();
  const Shop& shop = *current;
  const auto others = shop.products.LockWriters();
  if (!others) return std::unexpected(others.error());
  SNAPSHELF_RETURN_IF_ERROR(shop.check_is_current());
  for (PreparedProduct& one : prepared) SNAPSHELF_RETURN_IF_ERROR(EmbedForGeneration(shop, one));
  const auto hashes_before = StoredHashes(shop.products, products);
  if (!hashes_before) return std::unexpected(hashes_before.error());
  SNAPSHELF_RETURN_IF_ERROR(CheckKeptPictures(prepared, *hashes_before));
  SNAPSHELF_RETURN_IF_ERROR(PutFiles(shop, prepared));

  VectorChanges changes;
  const auto add_vectors = [&](std::span<const Product> stored) -> Status {
    changes = ChangesFor(stored, prepared);
    return changes.added.empty() ? Status() : shop.index.Add(changes.added);
  };
  const auto gone = shop.products.Put(products, add_vectors);
  if (!gone && gone.error().code == Code::kDeadlineExceeded) {
    // The products may have been written, and without their vectors they would never be found.
    // RemoveOrphans removes them at the next start if they were not.
    return std::unexpected(gone.error());
  }
  if (!gone) {
    // The products stay as they were, so the vectors must too. If even that fails (a full disk),
    // RemoveOrphans does it at the next start; until then FindProducts drops hits without a
    // product.
    if (const auto undone = shop.index.Remove(changes.added_ids); !undone)
      LogWarning("vectors of a failed commit stay until the next start: {}",
                 undone.error().message);
    return std::unexpected(gone.error());
  }
  for (std::size_t i = 0; i < products.size(); ++i) prepared[i].product = std::move(products[i]);
  SNAPSHELF_RETURN_IF_ERROR(RemoveVectorsOf(shop, *gone));
  return gone->empty() ? Status() : RemoveUnusedFiles(shop, *hashes_before);
}

Result<std::size_t> RemoveProducts(const CurrentShop& shops, std::span<const std::string> ids) {
  const std::scoped_lock lock(shops.writer());
  const auto current = shops.Get();
  const Shop& shop = *current;
  const auto others = shop.products.LockWriters();
  if (!others) return std::unexpected(others.error());
  SNAPSHELF_RETURN_IF_ERROR(shop.check_is_current());
  const auto removed = shop.products.Remove(ids);
  if (!removed) return std::unexpected(removed.error());
  std::vector<PictureId> pictures;
  HashesById hashes;
  for (const Product& product : *removed) {
    for (const Picture& picture : product.pictures) {
      pictures.push_back(picture.id);
      hashes[product.id].insert(picture.hash);
    }
  }
  SNAPSHELF_RETURN_IF_ERROR(RemoveVectorsOf(shop, pictures));
  SNAPSHELF_RETURN_IF_ERROR(RemoveUnusedFiles(shop, hashes));
  return removed->size();
}

Status RemoveOrphans(const Shop& shop) {
  // Vectors whose products another server is about to write are none.
  const auto others = shop.products.LockWriters();
  if (!others) return std::unexpected(others.error());
  std::unordered_map<PictureId, ProductKey> owners;
  SNAPSHELF_RETURN_IF_ERROR(shop.products.ForEachPicture(
      [&owners](const StoredPicture& stored) { owners[stored.picture.id] = stored.product; }));
  std::vector<VectorId> orphans;
  SNAPSHELF_RETURN_IF_ERROR(shop.index.ForEachName([&](VectorId id, GroupId product) {
    const auto owner = owners.find(PictureOf(id));
    if (owner == owners.end() || owner->second != product) orphans.push_back(id);
  }));
  if (orphans.empty()) return {};
  LogInfo("removing {} vectors that an interrupted write left behind", orphans.size());
  return shop.index.Remove(orphans);
}

}  // namespace snapshelf
