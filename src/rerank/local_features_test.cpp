// Proves that keypoints are found where a picture has structure, in the frame of the original, and
// that a plain picture has none.
#include "rerank/local_features.h"

#include <gtest/gtest.h>

#include "photo/resize.h"
#include "rerank/test_scenes.h"

namespace snapshelf {
namespace {

using testing::PaintPackage;
using testing::PaintPlain;

LocalFeatures Extract(const Photo& photo, const Box& region) {
  auto features = ExtractLocalFeatures(photo, region);
  EXPECT_TRUE(features) << features.error().message;
  return features.value_or(LocalFeatures{});
}

TEST(LocalFeatures, AreFoundInAPrintedPackage) {
  const Photo photo = PaintPackage(1);
  const LocalFeatures features = Extract(photo, WholeBox(photo));
  EXPECT_GE(features.keypoints.size(), 150U);
  EXPECT_LE(features.keypoints.size(), 200U);
  EXPECT_EQ(features.descriptors.size(), features.keypoints.size() * kDescriptorSize);
}

TEST(LocalFeatures, HaveDescriptorsOfOneLength) {
  const Photo photo = PaintPackage(2);
  const LocalFeatures features = Extract(photo, WholeBox(photo));
  for (std::size_t i = 0; i < features.keypoints.size(); ++i) {
    double squares = 0;
    for (const std::int8_t value : features.Descriptor(i)) {
      EXPECT_GE(value, 0);
      squares += value * value;
    }
    EXPECT_NEAR(squares / 65'536, 1, 0.03);
  }
}

TEST(LocalFeatures, LieInTheRegionInPixelsOfTheOriginal) {
  Photo photo = PaintPackage(3);
  // As if the picture had been shrunk to half while loading.
  photo.width *= 2;
  photo.height *= 2;
  const Box region{.x = 300, .y = 200, .width = 400, .height = 300};
  const LocalFeatures features = Extract(photo, region);
  ASSERT_FALSE(features.keypoints.empty());
  for (const Keypoint& keypoint : features.keypoints) {
    EXPECT_GE(keypoint.x, 300);
    EXPECT_LE(keypoint.x, 700);
    EXPECT_GE(keypoint.y, 200);
    EXPECT_LE(keypoint.y, 500);
  }
}

TEST(LocalFeatures, AreTheSameEveryTime) {
  const Photo photo = PaintPackage(4);
  EXPECT_EQ(Extract(photo, WholeBox(photo)).descriptors,
            Extract(photo, WholeBox(photo)).descriptors);
}

TEST(LocalFeatures, AreNoneOfAPlainPicture) {
  const Photo photo = PaintPlain();
  EXPECT_TRUE(Extract(photo, WholeBox(photo)).keypoints.empty());
}

TEST(LocalFeatures, AreNoneOutsideThePhotoOrOfNothing) {
  const Photo photo = PaintPackage(5);
  const Box outside{.x = 1000, .y = 1000, .width = 50, .height = 50};
  EXPECT_TRUE(Extract(photo, outside).keypoints.empty());
  EXPECT_TRUE(Extract(photo, Box{}).keypoints.empty());
}

TEST(LocalFeatures, TakeATinyOrThinPicture) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 400}, {400, 1}}) {
    const Photo photo = PaintPlain(width, height);
    EXPECT_LE(Extract(photo, WholeBox(photo)).keypoints.size(), 200U) << width << " x " << height;
  }
}

}  // namespace
}  // namespace snapshelf
