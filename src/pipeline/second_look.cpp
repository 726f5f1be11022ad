#include "pipeline/second_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "base/check.h"
#include "photo/resize.h"
#include "pipeline/stage_timer.h"
#include "rerank/choose_matches.h"
#include "rerank/feature_record.h"
#include "rerank/fuse.h"
#include "rerank/local_features.h"
#include "rerank/verify_match.h"

namespace snapshelf {
namespace {

// A first candidate so far ahead of the second is left where it is: of the queries measured one in
// a hundred was helped by a look all the same, and four in ten are spared it.
constexpr float kClearLead = 0.05F;

// From here on the photo is a copy of the first candidate's picture, perhaps mirrored or cut. SIFT
// sees no mirror images: it would put a sister's print before the mirrored one.
constexpr float kCopy = 0.97F;

/// Features of the candidates' pictures, in their order; no keypoints for those without a record.
Result<std::vector<LocalFeatures>> ReadFeatures(const Shop& shop,
                                                std::span<const Candidate> candidates) {
  std::vector<PictureId> pictures;
  pictures.reserve(candidates.size());
  for (const Candidate& candidate : candidates) pictures.push_back(PictureOf(candidate.vector));
  const auto records = shop.products.GetLocalFeatures(pictures);
  if (!records) return std::unexpected(records.error());
  std::vector<LocalFeatures> features(candidates.size());
  for (std::size_t i = 0; i < records->size(); ++i) {
    if ((*records)[i].empty()) continue;
    auto read = ReadFeatureRecord((*records)[i]);
    if (!read)
      return Annotate(fmt::format("local features of picture {}", pictures[i]),
                      std::move(read).error());
    features[i] = std::move(*read);
  }
  return features;
}

/// Too few spots to tell anything by, whatever the other picture shows.
bool IsPlain(const LocalFeatures& features) {
  return features.keypoints.size() < static_cast<std::size_t>(FuseOptions().same_item);
}

/// What the pictures say of each candidate; the spots that are shown go into the candidates.
std::vector<Evidence> CollectEvidence(std::span<Candidate> shortlist, const LocalFeatures& object,
                                      const std::vector<LocalFeatures>& pictures) {
  std::vector<Evidence> evidence;
  for (const Candidate& candidate : shortlist) evidence.push_back({.score = candidate.score});
  for (std::size_t i = 0; i < shortlist.size(); ++i) {
    if (IsPlain(pictures[i])) continue;
    const std::vector<MatchedPair> inliers = VerifyMatch(object, pictures[i]).inliers;
    evidence[i].inliers = static_cast<int>(inliers.size());
    if (IsSameItem(evidence[i])) shortlist[i].matches = ChooseMatches(inliers);
    // None of those behind it can pass it any more.
    if (evidence[i].inliers >= FuseOptions().inliers_full) break;
  }
  return evidence;
}

}  // namespace

Result<std::vector<std::byte>> MakeLocalFeatures(const Photo& photo) {
  const auto features = ExtractLocalFeatures(photo, WholeBox(photo));
  if (!features) return std::unexpected(features.error());
  return WriteFeatureRecord(*features);
}

Result<bool> HasRoomForLocalFeatures(const Shop& shop, std::int64_t pictures_max) {
  if (pictures_max == 0) return false;
  const auto count = shop.products.PictureCount();
  if (!count) return std::unexpected(count.error());
  return *count < pictures_max;
}

Status TakeSecondLook(const Shop& shop, const Photo& photo, const Box& box,
                      std::vector<Candidate>& candidates) {
  const StageTimer timer(shop.metrics, "second_look");
  if (candidates.size() < 2 || candidates[0].score >= kCopy ||
      candidates[0].score - candidates[1].score >= kClearLead)
    return {};
  const auto shortlist =
      std::span(candidates)
          .first(std::min(candidates.size(), static_cast<std::size_t>(kShortlist)));
  const auto pictures = ReadFeatures(shop, shortlist);
  if (!pictures) return std::unexpected(pictures.error());
  if (std::ranges::all_of(*pictures, IsPlain)) return {};
  const auto object = ExtractLocalFeatures(photo, box);
  if (!object) return std::unexpected(object.error());
  if (IsPlain(*object)) return {};

  const auto evidence = CollectEvidence(shortlist, *object, *pictures);
  const auto scores = FuseScores(evidence);
  for (std::size_t i = 0; i < shortlist.size(); ++i) {
    shortlist[i].score = scores[i];
    shortlist[i].same_item = IsSameItem(evidence[i]);
  }
  std::ranges::stable_sort(candidates, std::greater{}, &Candidate::score);
  return {};
}

}  // namespace snapshelf
