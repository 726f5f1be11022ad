#include "pipeline/edit_products.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/sha256.h"
#include "photo/encode.h"
#include "pipeline/commit_products.h"
#include "pipeline/embed_objects.h"
#include "pipeline/second_look.h"

namespace snapshelf {
namespace {

constexpr int kThumbnailWidthMin = 16;
constexpr int kThumbnailWidthMax = 2048;

Result<NewPicture> PreparePicture(const Shop& shop, const std::vector<std::byte>& bytes,
                                  Picture& picture) {
  const auto photo = DecodePhoto(bytes, {.limits = shop.limits});
  if (!photo) return std::unexpected(photo.error());
  const Photo* const pointer = &*photo;
  auto embeddings = EmbedPictures(shop, {&pointer, 1});
  if (!embeddings) return std::unexpected(std::move(embeddings).error());
  picture = {.hash = Sha256Hex(bytes), .width = photo->width, .height = photo->height};
  const auto has_room = HasRoomForLocalFeatures(shop, kSecondLookPictures);
  if (!has_room) return std::unexpected(has_room.error());
  if (*has_room) {
    auto features = MakeLocalFeatures(*photo);
    if (!features) return std::unexpected(std::move(features).error());
    picture.local_features = std::move(*features);
  }
  return NewPicture{
      .hash = picture.hash, .bytes = bytes, .embeddings = std::move(embeddings->front())};
}

}  // namespace

Result<PutOutcome> PutProduct(const CurrentShop& shops, Product product,
                              std::span<const std::vector<std::byte>> pictures,
                              bool keep_pictures) {
  const auto current = shops.Get();
  const Shop& shop = *current;
  const auto stored = shop.products.Get(product.id);
  if (!stored && stored.error().code != Code::kNotFound) return std::unexpected(stored.error());
  PreparedProduct prepared{
      .product = std::move(product), .added = {}, .generation = shop.generation};
  if (keep_pictures && stored) prepared.product.pictures = stored->pictures;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    Picture picture;
    auto added = PreparePicture(shop, pictures[i], picture);
    if (!added) return Annotate(fmt::format("picture {}", i + 1), std::move(added).error());
    const bool sent_twice =
        std::ranges::find(prepared.added, added->hash, &NewPicture::hash) != prepared.added.end();
    if (sent_twice) continue;
    prepared.product.pictures.push_back(std::move(picture));
    prepared.added.push_back(std::move(*added));
  }
  if (prepared.product.pictures.empty())
    return Fail(Code::kInvalidArgument,
                fmt::format("product {} has no picture; a product without one cannot be found",
                            prepared.product.id));
  SNAPSHELF_RETURN_IF_ERROR(CommitProducts(shops, {&prepared, 1}));
  return PutOutcome{.product = std::move(prepared.product), .created = !stored.has_value()};
}

Status RemoveProduct(const CurrentShop& shops, const std::string& id) {
  const auto removed = RemoveProducts(shops, {&id, 1});
  if (!removed) return std::unexpected(removed.error());
  if (*removed == 0) return Fail(Code::kNotFound, fmt::format("product {} does not exist", id));
  return {};
}

Result<PictureBytes> ReadPicture(const Shop& shop, PictureId id, std::optional<int> width) {
  if (width && (*width < kThumbnailWidthMin || *width > kThumbnailWidthMax))
    return Fail(Code::kInvalidArgument, fmt::format("w is {}; it must be {} to {}", *width,
                                                    kThumbnailWidthMin, kThumbnailWidthMax));
  const auto stored = shop.products.GetPicture(id);
  if (!stored) return std::unexpected(stored.error());
  const std::string& hash = stored->picture.hash;
  auto original = shop.pictures.Get(hash);
  if (!original) return std::unexpected(std::move(original).error());
  if (!width) {
    const auto info = ReadPhotoInfo(*original, shop.limits);
    if (!info) return std::unexpected(info.error());
    return PictureBytes{
        .media_type = info->media_type, .etag = hash.substr(0, 16), .bytes = std::move(*original)};
  }
  const int longest_side =
      std::max(*width, *width * stored->picture.height / std::max(1, stored->picture.width));
  const auto photo =
      DecodePhoto(*original, {.limits = shop.limits, .longest_side_max = longest_side});
  if (!photo) return std::unexpected(photo.error());
  auto encoded = EncodeWebp(photo->image);
  if (!encoded) return std::unexpected(std::move(encoded).error());
  return PictureBytes{.media_type = "image/webp",
                      .etag = fmt::format("{}-{}", hash.substr(0, 16), *width),
                      .bytes = std::move(*encoded)};
}

}  // namespace snapshelf
