#include "pipeline/photo_cache.h"

#include <fmt/format.h>

#include <random>

namespace snapshelf {
namespace {

std::size_t BytesOf(const CachedPhoto& photo) {
  return photo.photo.image.pixels.size() + photo.detections.size() * sizeof(Detection) +
         sizeof(CachedPhoto);
}

std::string NewToken() {
  // A token opens somebody's photo, so it must not be guessable: the operating system's random
  // source.
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace

PhotoCache::PhotoCache(std::size_t bytes_max, std::chrono::seconds lifetime, Now now)
    : bytes_max_(bytes_max), lifetime_(lifetime), now_(std::move(now)) {}

std::string PhotoCache::Put(std::shared_ptr<const CachedPhoto> photo) {
  std::string token = NewToken();
  const auto now = now_();
  const std::scoped_lock lock(mutex_);
  DropExpired(now);
  bytes_ += BytesOf(*photo);
  entries_.push_back({.token = token, .photo = std::move(photo), .expires = now + lifetime_});
  by_token_[token] = std::prev(entries_.end());
  while (bytes_ > bytes_max_ && entries_.size() > 1) DropOldest();
  return token;
}

std::shared_ptr<const CachedPhoto> PhotoCache::Get(const std::string& token) {
  const auto now = now_();
  const std::scoped_lock lock(mutex_);
  DropExpired(now);
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : found->second->photo;
}

void PhotoCache::DropOldest() {
  bytes_ -= BytesOf(*entries_.front().photo);
  by_token_.erase(entries_.front().token);
  entries_.pop_front();
}

void PhotoCache::DropExpired(std::chrono::steady_clock::time_point now) {
  while (!entries_.empty() && entries_.front().expires <= now) DropOldest();
}

}  // namespace snapshelf
