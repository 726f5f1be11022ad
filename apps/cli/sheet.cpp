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

/// The object and the first pictures found for it.
Result<SheetRow> RowOf(const Shop& shop, const FoundObject& object) {
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
  return row;
}

Status Write(const Shop& shop, std::span<const std::byte> photo, const std::vector<SheetRow>& rows,
             const std::filesystem::path& path) {
  const auto decoded = DecodePhoto(photo, {.limits = shop.limits});
  if (!decoded) return std::unexpected(decoded.error());
  const auto jpeg = EncodeJpeg(DrawSheet(*decoded, rows), 90);
  if (!jpeg) return std::unexpected(jpeg.error());
  return PosixFileSystem().WriteAtomically(path, *jpeg, false);
}

}  // namespace

Status DrawAnswer(const Shop& shop, std::span<const std::byte> photo, const Answer& answer,
                  const std::filesystem::path& path) {
  std::vector<SheetRow> rows;
  for (const FoundObject& object : answer.objects) {
    auto row = RowOf(shop, object);
    if (!row) return std::unexpected(std::move(row).error());
    rows.push_back(std::move(*row));
  }
  return Write(shop, photo, rows, path);
}

Status DrawFailure(const Shop& shop, std::span<const std::byte> photo, const FoundObject& object,
                   const TruthRow& row, const std::filesystem::path& path) {
  auto found = RowOf(shop, object);
  if (!found) return std::unexpected(std::move(found).error());
  SheetRow wanted{.box = row.box.value_or(object.box), .caption = "meant", .matches = {}};
  for (const std::string& id : row.relevant) {
    const auto product = shop.products.Get(id);
    if (!product) return std::unexpected(product.error());
    for (const Picture& picture : product->pictures) {
      if (wanted.matches.size() == kMatchesDrawn) break;
      auto shown = MatchPicture(shop, picture.id);
      if (!shown) return std::unexpected(std::move(shown).error());
      wanted.matches.push_back({.picture = std::move(*shown), .caption = product->Title()});
    }
  }
  return Write(shop, photo, {std::move(*found), std::move(wanted)}, path);
}

}  // namespace snapshelf
