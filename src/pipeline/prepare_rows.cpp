#include "pipeline/prepare_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "base/check.h"
#include "base/sha256.h"
#include "pipeline/embed_objects.h"
#include "pipeline/second_look.h"

namespace snapshelf {
namespace {

using StoredProducts = std::unordered_map<std::string, Product>;

/// A picture that has to go through the models, and where its embeddings belong.
struct PendingPicture {
  Photo photo;
  std::size_t product = 0;  // in PreparedRows::products
  std::size_t added = 0;    // in PreparedProduct::added
};

/// Whether `path`, with its links followed, is below `root`.
bool LiesUnder(const std::filesystem::path& root, const std::filesystem::path& path) {
  std::error_code error;
  const auto real_root = std::filesystem::canonical(root, error);
  if (error) return false;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return !error && std::ranges::mismatch(real_root, real).in1 == real_root.end();
}

Result<SourceStamp> StampOf(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return Fail(Code::kNotFound, fmt::format("picture {}: there is no such file", path.string()));
  if (!std::filesystem::is_regular_file(status))
    return Fail(Code::kInvalidArgument, fmt::format("picture {}: is not a file", path.string()));
  const auto size = std::filesystem::file_size(path, error);
  const auto modified = std::filesystem::last_write_time(path, error);
  if (error)
    return Fail(Code::kIoError, fmt::format("picture {}: {}", path.string(), error.message()));
  return SourceStamp{.path = path.string(),
                     .size_bytes = static_cast<std::int64_t>(size),
                     .modified_ns = std::chrono::nanoseconds(modified.time_since_epoch()).count()};
}

Result<std::vector<std::byte>> ReadPictureFile(const SourceStamp& stamp,
                                               const PhotoLimits& limits) {
  if (stamp.size_bytes > limits.bytes_max)
    return Fail(Code::kResourceExhausted,
                fmt::format("picture {}: {} bytes; at most {} are taken", stamp.path,
                            stamp.size_bytes, limits.bytes_max));
  std::ifstream file(stamp.path, std::ios::binary);
  std::vector<std::byte> bytes(static_cast<std::size_t>(stamp.size_bytes));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) return Fail(Code::kIoError, fmt::format("picture {}: cannot be read", stamp.path));
  return bytes;
}

/// Whether a shopper would see the same: everything but keys and where the pictures came from.
bool SameContent(const Product& a, const Product& b) {
  return a.titles == b.titles && a.description == b.description && a.category == b.category &&
         a.brand == b.brand && a.color == b.color && a.price == b.price &&
         a.availability == b.availability && a.link == b.link &&
         std::ranges::equal(a.pictures, b.pictures, {}, &Picture::hash, &Picture::hash);
}

bool SameSources(const Product& a, const Product& b) {
  return std::ranges::equal(a.pictures, b.pictures, {}, &Picture::source, &Picture::source);
}

class RowPreparer {
 public:
  RowPreparer(const Shop& shop, StoredProducts stored, std::filesystem::path picture_root,
              bool second_look)
      : shop_(shop),
        stored_(std::move(stored)),
        picture_root_(std::move(picture_root)),
        second_look_(second_look) {}

  void Prepare(const ProductDraft& draft) {
    auto product = ProductFromDraft(draft);
    if (!product) return FailRow(draft, product.error().message);
    const auto found = stored_.find(draft.id);
    const Product* const before = found == stored_.end() ? nullptr : &found->second;

    PreparedProduct prepared{.product = std::move(*product), .added = {}};
    const std::size_t pending_before = pending_.size();
    for (const auto& path : draft.pictures) {
      if (const auto taken = TakePicture(path, before, prepared); !taken) {
        ++rows_.pictures_failed;
        rows_.problems.push_back(
            {.line = draft.line, .id = draft.id, .reason = taken.error().message});
      }
    }
    if (prepared.product.pictures.empty()) {
      pending_.resize(pending_before);
      return FailRow(draft, "no usable picture; a product without one cannot be found");
    }
    Count(before, prepared);
  }

  /// Sends all new pictures through the models.
  Result<PreparedRows> Finish() {
    std::vector<const Photo*> photos;
    photos.reserve(pending_.size());
    for (const PendingPicture& pending : pending_) photos.push_back(&pending.photo);
    auto embeddings = EmbedPictures(shop_, photos);
    if (!embeddings) return std::unexpected(std::move(embeddings).error());
    for (std::size_t i = 0; i < pending_.size(); ++i)
      rows_.products[pending_[i].product].added[pending_[i].added].embeddings =
          std::move((*embeddings)[i]);
    rows_.pictures_embedded = static_cast<std::int64_t>(pending_.size());
    return std::move(rows_);
  }

 private:
  void FailRow(const ProductDraft& draft, std::string reason) {
    ++rows_.failed;
    rows_.problems.push_back({.line = draft.line, .id = draft.id, .reason = std::move(reason)});
  }

  /// Adds the picture to the product: as it is stored if it has not changed, else read, decoded and
  /// queued.
  Status TakePicture(const std::filesystem::path& path, const Product* before,
                     PreparedProduct& prepared) {
    if (!picture_root_.empty() && !LiesUnder(picture_root_, path))
      return Fail(Code::kInvalidArgument,
                  fmt::format("picture {}: lies outside the import root", path.string()));
    const auto stamp = StampOf(path);
    if (!stamp) return std::unexpected(stamp.error());
    std::vector<Picture>& pictures = prepared.product.pictures;
    if (before != nullptr) {
      const auto same = std::ranges::find(before->pictures, *stamp, &Picture::source);
      if (same != before->pictures.end()) return Keep(*same, *stamp, pictures);
    }
    auto bytes = ReadPictureFile(*stamp, shop_.limits);
    if (!bytes) return std::unexpected(std::move(bytes).error());
    const std::string hash = Sha256Hex(*bytes);
    if (before != nullptr) {
      const auto same = std::ranges::find(before->pictures, hash, &Picture::hash);
      if (same != before->pictures.end()) return Keep(*same, *stamp, pictures);
    }
    if (std::ranges::find(pictures, hash, &Picture::hash) != pictures.end())
      return {};  // named twice
    auto photo =
        DecodePhoto(*bytes, {.limits = shop_.limits, .longest_side_max = kCatalogLongestSide});
    if (!photo) return Annotate("picture " + path.string(), std::move(photo).error());
    pictures.push_back(
        {.hash = hash, .width = photo->width, .height = photo->height, .source = *stamp});
    if (second_look_) {
      auto features = MakeLocalFeatures(*photo);
      if (!features) return Annotate("picture " + path.string(), std::move(features).error());
      pictures.back().local_features = std::move(*features);
    } else {
      ++rows_.pictures_without_second_look;
    }
    pending_.push_back({.photo = std::move(*photo),
                        .product = rows_.products.size(),
                        .added = prepared.added.size()});
    prepared.added.push_back({.hash = hash, .bytes = std::move(*bytes), .embeddings = {}});
    return {};
  }

  static Status Keep(Picture picture, const SourceStamp& stamp, std::vector<Picture>& pictures) {
    if (std::ranges::find(pictures, picture.hash, &Picture::hash) != pictures.end()) return {};
    picture.source = stamp;
    pictures.push_back(std::move(picture));
    return {};
  }

  void Count(const Product* before, PreparedProduct& prepared) {
    const bool same = before != nullptr && SameContent(*before, prepared.product);
    if (before == nullptr) {
      ++rows_.added;
    } else if (same) {
      ++rows_.unchanged;
    } else {
      ++rows_.updated;
    }
    if (!same || !SameSources(*before, prepared.product))
      rows_.products.push_back(std::move(prepared));
  }

  const Shop& shop_;
  StoredProducts stored_;
  std::filesystem::path picture_root_;
  const bool second_look_;
  PreparedRows rows_;
  std::vector<PendingPicture> pending_;
};

}  // namespace

Result<Product> ProductFromDraft(const ProductDraft& draft) {
  Product product{.id = draft.id,
                  .titles = draft.titles,
                  .description = draft.description,
                  .category = draft.category,
                  .brand = draft.brand,
                  .color = draft.color,
                  .link = draft.link};
  if (!draft.price.empty()) {
    auto price = ParseMoney(draft.price, draft.currency);
    if (!price) return std::unexpected(std::move(price).error());
    product.price = std::move(*price);
  }
  if (!draft.availability.empty()) {
    const auto availability = ParseAvailability(draft.availability);
    if (!availability) return std::unexpected(availability.error());
    product.availability = *availability;
  }
  return product;
}

Result<PreparedRows> PrepareRows(const Shop& shop, const std::vector<ProductDraft>& rows,
                                 const PrepareOptions& options) {
  std::vector<std::string> ids;
  ids.reserve(rows.size());
  for (const ProductDraft& row : rows) ids.push_back(row.id);
  auto products = shop.products.GetByIds(ids);
  if (!products) return std::unexpected(std::move(products).error());
  StoredProducts stored;
  for (Product& product : *products) {
    std::string id = product.id;
    stored.emplace(std::move(id), std::move(product));
  }

  const auto second_look = HasRoomForLocalFeatures(shop, options.second_look_pictures);
  if (!second_look) return std::unexpected(second_look.error());
  RowPreparer preparer(shop, std::move(stored), options.picture_root, *second_look);
  for (const ProductDraft& row : rows) preparer.Prepare(row);
  return preparer.Finish();
}

}  // namespace snapshelf
