#include "cli/fit_projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "base/sha256.h"
#include "cli/files.h"
#include "embed/embedder.h"
#include "embed/feature_extractor.h"
#include "embed/projection.h"
#include "feeds/feed_reader.h"
#include "photo/decode.h"
#include "photo/resize.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

constexpr std::size_t kBatch = 16;
constexpr int kLongestSide = 640;

/// Features [count, extractor.size()] of all readable pictures below `folder`; unreadable ones are
/// named and passed over.
Result<std::vector<float>> CollectFeatures(const FeatureExtractor& extractor,
                                           const std::filesystem::path& folder) {
  auto feed = OpenFeed(folder);
  if (!feed) return std::unexpected(std::move(feed).error());
  std::vector<float> features;
  std::vector<Photo> photos;
  const auto extract = [&]() -> Status {
    std::vector<Crop> crops;
    crops.reserve(photos.size());
    for (const Photo& photo : photos) crops.push_back({.photo = &photo, .box = WholeBox(photo)});
    const auto rows = extractor.Extract(crops);
    if (!rows) return std::unexpected(rows.error());
    features.insert(features.end(), rows->values.begin(), rows->values.end());
    photos.clear();
    return {};
  };
  while (true) {
    auto row = (*feed)->Next();
    if (!row) return std::unexpected(std::move(row).error());
    if (!*row) break;
    const auto* const draft = std::get_if<ProductDraft>(&**row);
    if (draft == nullptr) continue;
    const auto bytes = ReadBytes(draft->pictures.front());
    auto photo = bytes ? DecodePhoto(*bytes, {.limits = {}, .longest_side_max = kLongestSide})
                       : std::unexpected(bytes.error());
    if (!photo) {
      LogWarning("{}: {}; left out", draft->pictures.front().string(), photo.error().message);
      continue;
    }
    photos.push_back(std::move(*photo));
    if (photos.size() == kBatch) SNAPSHELF_RETURN_IF_ERROR(extract());
  }
  if (!photos.empty()) SNAPSHELF_RETURN_IF_ERROR(extract());
  return features;
}

}  // namespace

Status FitModelProjection(const CommonOptions& common, const FitArguments& arguments) {
  const auto folder = common.models / arguments.model;
  const auto json = ReadBytes(folder / "model.json");
  if (!json) return std::unexpected(json.error());
  auto card = ParseModelCard({reinterpret_cast<const char*>(json->data()), json->size()}, folder);
  if (!card) return Annotate((folder / "model.json").string(), std::move(card).error());
  const auto extractor = FeatureExtractor::Create(*card, RunMode::kLatency);
  if (!extractor) return std::unexpected(extractor.error());
  const auto features = CollectFeatures(**extractor, arguments.pictures);
  if (!features) return std::unexpected(features.error());
  const auto projection =
      FitProjection(*features, (*extractor)->size(), kEmbeddingDim, arguments.power);
  if (!projection) return Annotate(arguments.pictures.string(), projection.error());

  card->projection = folder / "projection.bin";
  card->embedding_size = kEmbeddingDim;
  card->calibration.reset();  // it told what cosines of other vectors mean
  SNAPSHELF_RETURN_IF_ERROR(WriteProjection(*projection, card->projection));
  const auto sha256 = Sha256HexOfFile(card->projection);
  if (!sha256) return std::unexpected(sha256.error());
  card->projection_sha256 = *sha256;
  const std::string written = WriteModelCard(*card, folder);
  SNAPSHELF_RETURN_IF_ERROR(PosixFileSystem().WriteAtomically(
      folder / "model.json", std::as_bytes(std::span(written)), true));
  fmt::print("{}: {} -> {} numbers, fitted on {} pictures\n", arguments.model, (*extractor)->size(),
             kEmbeddingDim, features->size() / static_cast<std::size_t>((*extractor)->size()));
  return {};
}

}  // namespace snapshelf
