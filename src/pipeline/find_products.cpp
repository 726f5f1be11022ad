#include "pipeline/find_products.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "pipeline/embed_objects.h"
#include "pipeline/match_products.h"
#include "pipeline/objects.h"
#include "pipeline/second_look.h"
#include "pipeline/stage_timer.h"

namespace snapshelf {
namespace {

/// The shopper's own box, if there is one; else what was detected, and always the whole picture.
Result<std::vector<PhotoObject>> ChooseObjects(const CachedPhoto& cached,
                                               const ProductQuery& query) {
  const Photo& photo = cached.photo;
  if (!query.box)
    return ObjectsToSearch(photo,
                           query.whole_only ? std::span<const Detection>() : cached.detections);
  const Box& box = *query.box;
  const Box inside = Clip(box, photo.width, photo.height);
  if (!(inside.width >= 1 && inside.height >= 1))
    return Fail(Code::kInvalidArgument,
                fmt::format("box {},{},{},{} has no pixel inside the {}x{} photo", box.x, box.y,
                            box.width, box.height, photo.width, photo.height));
  return std::vector<PhotoObject>{{.box = inside, .class_name = kSelection, .score = 1}};
}

/// Products for objects of a photo; `looks_twice` at the first one.
Result<std::vector<FoundObject>> SearchObjects(const Shop& shop, const Photo& photo,
                                               std::span<const PhotoObject> objects,
                                               const ProductQuery& query, bool looks_twice) {
  if (objects.empty()) return std::vector<FoundObject>{};
  const auto embeddings = EmbedObjects(shop, photo, objects);
  if (!embeddings) return std::unexpected(embeddings.error());
  auto candidates = FindCandidates(shop, *embeddings, query);
  if (!candidates) return std::unexpected(std::move(candidates).error());
  if (looks_twice)
    SNAPSHELF_RETURN_IF_ERROR(
        TakeSecondLook(shop, photo, objects.front().box, candidates->front().best));
  auto lists = JoinProducts(shop, *candidates, query);
  if (!lists) return std::unexpected(std::move(lists).error());
  std::vector<FoundObject> found;
  for (std::size_t i = 0; i < objects.size(); ++i)
    found.push_back(MakeFoundObject(shop, objects[i], std::move((*lists)[i])));
  found.front().second_look = looks_twice;
  return found;
}

Result<Answer> FindInPhoto(const Shop& shop, std::string token, const CachedPhoto& cached,
                           const ProductQuery& query) {
  const auto objects = ChooseObjects(cached, query);
  if (!objects) return std::unexpected(objects.error());
  const auto best = std::span(*objects).first(1);
  const auto others = std::span(*objects).subspan(1);
  std::span<const PhotoObject> wanted = *objects;
  if (query.objects == ObjectChoice::kBest) wanted = best;
  if (query.objects == ObjectChoice::kOthers) wanted = others;
  // Only for what the shopper sees first: the best object, or the box that was asked for.
  const bool looks_twice = query.second_look && query.objects != ObjectChoice::kOthers;
  auto found = SearchObjects(shop, cached.photo, wanted, query, looks_twice);
  if (!found) return std::unexpected(std::move(found).error());
  if (query.objects == ObjectChoice::kBest)
    for (const PhotoObject& other : others)
      found->push_back({.box = other.box,
                        .class_name = other.class_name,
                        .score = other.score,
                        .searched = false,
                        .products = {},
                        .facets = {},
                        .good_match = {}});
  return Answer{.photo = std::move(token),
                .width = cached.photo.width,
                .height = cached.photo.height,
                .objects = std::move(*found)};
}

}  // namespace

ProductFinder::ProductFinder(const CurrentShop& shops, PhotoCache& photos)
    : shops_(shops), photos_(photos) {}

Result<Answer> ProductFinder::FindByPhoto(std::span<const std::byte> encoded,
                                          const ProductQuery& query) const {
  SNAPSHELF_RETURN_IF_ERROR(CheckQuery(query));
  const auto shop = shops_.Get();
  auto cached = std::make_shared<CachedPhoto>();
  {
    const StageTimer timer(shop->metrics, "photo");
    auto photo = DecodePhoto(encoded, {.limits = shop->limits});
    if (!photo) return std::unexpected(std::move(photo).error());
    cached->photo = std::move(*photo);
  }
  if (!query.whole_only) {
    const StageTimer timer(shop->metrics, "detect");
    const Photo* const photo = &cached->photo;
    auto detections = shop->detector.Detect({&photo, 1});
    if (!detections) return std::unexpected(std::move(detections).error());
    cached->detections = std::move(detections->front());
  }
  auto answer = FindInPhoto(*shop, "", *cached, query);
  if (answer) answer->photo = photos_.Put(std::move(cached));
  return answer;
}

Result<Answer> ProductFinder::FindByToken(const std::string& token,
                                          const ProductQuery& query) const {
  SNAPSHELF_RETURN_IF_ERROR(CheckQuery(query));
  const auto cached = photos_.Get(token);
  if (!cached)
    return Fail(Code::kNotFound, "the photo token is unknown or has expired; send the photo again");
  return FindInPhoto(*shops_.Get(), token, *cached, query);
}

}  // namespace snapshelf
