#include "cli/sheet.h"

#include <fmt/format.h>

#include "photo/draw.h"
#include "photo/encode.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

constexpr std::size_t kMatchesDrawn = 6;
constexpr int kMatchLongestSide = 320;

Result<Image> MatchPicture(const Shop& shop, PictureId id) {
  const auto stored = shop.products.GetPicture(id);
  if (!stored) return std::unexpected(stored.error());
  const auto bytes = shop.pictures.Get(stored->picture.hash);
  if (!bytes) return std::unexpected(bytes.error());
  auto photo = DecodePhoto(*bytes, {.limits = shop.limits, .longest_side_max = kMatchLongestSide});
  if (!photo) return std::unexpected(std::move(photo).error());
  return std::move(photo->image);
}

}  // namespace

Status DrawAnswer(const Shop& shop, std::span<const std::byte> photo, const Answer& answer,
                  const std::filesystem::path& path) {
  const auto decoded = DecodePhoto(photo, {.limits = shop.limits});
  if (!decoded) return std::unexpected(decoded.error());
  std::vector<SheetRow> rows;
  for (const FoundObject& object : answer.objects) {
    SheetRow row{.box = object.box,
                 .caption = fmt::format("{} {:.2f}", object.class_name, object.score),
                 .matches = {}};
    for (const ProductMatch& match : object.products) {
      if (row.matches.size() == kMatchesDrawn) break;
      auto picture = MatchPicture(shop, match.picture);
      if (!picture) return std::unexpected(std::move(picture).error());
      row.matches.push_back(
          {.picture = std::move(*picture),
           .caption = fmt::format("{}\n{:.2f}", match.product.Title(), match.score)});
    }
    rows.push_back(std::move(row));
  }
  const auto jpeg = EncodeJpeg(DrawSheet(*decoded, rows), 90);
  if (!jpeg) return std::unexpected(jpeg.error());
  return PosixFileSystem().WriteAtomically(path, *jpeg, false);
}

}  // namespace snapshelf
