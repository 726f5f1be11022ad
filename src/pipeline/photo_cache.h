#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "detect/detector.h"
#include "photo/image.h"

namespace snapshelf {

/// A photo that was searched, and what was found in it: enough for another search without an
/// upload.
struct CachedPhoto {
  Photo photo;
  std::vector<Detection> detections;
};

/// Photos of the last minutes, in memory only and never written to disk; the oldest make room.
///
/// threads: safe.
class PhotoCache {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  PhotoCache(std::size_t bytes_max, std::chrono::seconds lifetime, Now now);

  /// Keeps the photo and returns its token (128 random bits as 32 hexadecimal digits).
  std::string Put(std::shared_ptr<const CachedPhoto> photo);
  /// Null for an unknown or expired token.
  [[nodiscard]] std::shared_ptr<const CachedPhoto> Get(const std::string& token);

 private:
  struct Entry {
    std::string token;
    std::shared_ptr<const CachedPhoto> photo;
    std::chrono::steady_clock::time_point expires;
  };
  void DropOldest();
  void DropExpired(std::chrono::steady_clock::time_point now);

  const std::size_t bytes_max_;
  const std::chrono::seconds lifetime_;
  const Now now_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // oldest first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_token_;
};

}  // namespace snapshelf
