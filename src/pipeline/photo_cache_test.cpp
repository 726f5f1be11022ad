// Proves that photos are found by their token only, for their time only, and within the memory
// allowed.
#include "pipeline/photo_cache.h"

#include <gtest/gtest.h>

#include <set>

namespace snapshelf {
namespace {

class PhotoCacheTest : public testing::Test {
 protected:
  static std::shared_ptr<const CachedPhoto> PhotoOf(std::size_t bytes) {
    auto photo = std::make_shared<CachedPhoto>();
    photo->photo.image.pixels.resize(bytes);
    return photo;
  }
  std::chrono::steady_clock::time_point now_;
  PhotoCache cache_{10'000, std::chrono::seconds(60), [this] { return now_; }};
};

TEST_F(PhotoCacheTest, GivesThePhotoBackByItsToken) {
  const auto photo = PhotoOf(10);
  EXPECT_EQ(cache_.Get(cache_.Put(photo)), photo);
}

TEST_F(PhotoCacheTest, KnowsNoOtherToken) {
  cache_.Put(PhotoOf(10));
  EXPECT_EQ(cache_.Get(""), nullptr);
  EXPECT_EQ(cache_.Get("00000000000000000000000000000000"), nullptr);
}

TEST_F(PhotoCacheTest, ForgetsAfterItsTime) {
  const std::string token = cache_.Put(PhotoOf(10));
  now_ += std::chrono::seconds(59);
  EXPECT_NE(cache_.Get(token), nullptr);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(cache_.Get(token), nullptr);
}

TEST_F(PhotoCacheTest, DropsTheOldestWhenMemoryRunsOut) {
  const std::string first = cache_.Put(PhotoOf(4'000));
  const std::string second = cache_.Put(PhotoOf(4'000));
  const std::string third = cache_.Put(PhotoOf(4'000));
  EXPECT_EQ(cache_.Get(first), nullptr);
  EXPECT_NE(cache_.Get(second), nullptr);
  EXPECT_NE(cache_.Get(third), nullptr);
}

TEST_F(PhotoCacheTest, KeepsAPhotoThatIsLargerThanTheMemoryUntilTheNext) {
  const std::string token = cache_.Put(PhotoOf(20'000));
  EXPECT_NE(cache_.Get(token), nullptr);
  cache_.Put(PhotoOf(10));
  EXPECT_EQ(cache_.Get(token), nullptr);
}

TEST_F(PhotoCacheTest, NeverGivesATokenTwice) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(cache_.Put(PhotoOf(1)));
  EXPECT_EQ(tokens.size(), 1000U);
}

}  // namespace
}  // namespace snapshelf
