#include "search/top_hits.h"

#include <algorithm>
#include <iterator>

namespace snapshelf {

TopHits::TopHits(const FindOptions& options)
    : k_(static_cast<std::size_t>(options.k)),
      one_per_group_(options.one_per_group),
      exclude_(options.exclude) {
  if (options.min_score) floor_ = *options.min_score;
}

void TopHits::Offer(const Hit& hit) {
  if (!(hit.score >= floor_)) return;  // what is no number, of damaged bytes, too
  if (full() && !BetterHit{}(hit, *hits_.rbegin())) return;
  if (exclude_.Contains(hit.id, hit.group)) return;
  if (one_per_group_) {
    const auto known = best_of_group_.find(hit.group);
    if (known != best_of_group_.end()) {
      if (!BetterHit{}(hit, *known->second)) return;
      hits_.erase(known->second);
      known->second = hits_.insert(hit).first;
      if (full()) floor_ = std::max(floor_, hits_.rbegin()->score);
      return;
    }
  }
  if (full()) {
    const auto worst = std::prev(hits_.end());
    if (one_per_group_) best_of_group_.erase(worst->group);
    hits_.erase(worst);
  }
  const auto place = hits_.insert(hit).first;
  if (one_per_group_) best_of_group_.emplace(hit.group, place);
  if (full()) floor_ = std::max(floor_, hits_.rbegin()->score);
}

std::vector<TopHits> MakeTops(std::size_t count, const FindOptions& options) {
  std::vector<TopHits> tops;
  tops.reserve(count);
  for (std::size_t i = 0; i < count; ++i) tops.emplace_back(options);
  return tops;
}

std::vector<std::vector<Hit>> TakeAll(std::span<const TopHits> tops) {
  std::vector<std::vector<Hit>> answers;
  answers.reserve(tops.size());
  for (const TopHits& top : tops) answers.push_back(top.Take());
  return answers;
}

}  // namespace snapshelf
