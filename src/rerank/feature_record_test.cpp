// Proves that a record gives back what was put in, stays within its budget, and is refused when cut
// or changed anywhere.
#include "rerank/feature_record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "base/crc32c.h"
#include "photo/resize.h"
#include "rerank/test_scenes.h"

namespace snapshelf {
namespace {

using Bytes = std::vector<std::byte>;

LocalFeatures FeaturesOf(const Photo& photo, int keypoints_max = 200) {
  auto features = ExtractLocalFeatures(photo, WholeBox(photo), {.keypoints_max = keypoints_max});
  EXPECT_TRUE(features) << features.error().message;
  return features.value_or(LocalFeatures{});
}

/// The record with a right checksum again.
Bytes Sealed(Bytes bytes) {
  const auto body = std::span(bytes).first(bytes.size() - 4);
  const std::uint32_t crc = Crc32c(body);
  std::memcpy(bytes.data() + body.size(), &crc, sizeof(crc));
  return bytes;
}

TEST(FeatureRecord, GivesBackWhatWasWritten) {
  const LocalFeatures features = FeaturesOf(testing::PaintPackage(1));
  const Bytes bytes = WriteFeatureRecord(features);
  EXPECT_EQ(bytes.size(), 32 + 134 * features.keypoints.size());
  EXPECT_LE(bytes.size(), kRecordBytesMax);
  const auto read = ReadFeatureRecord(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->region.width, features.region.width);
  EXPECT_EQ(read->descriptors, features.descriptors);
  ASSERT_EQ(read->keypoints.size(), features.keypoints.size());
  for (std::size_t i = 0; i < features.keypoints.size(); ++i) {
    const Keypoint& written = features.keypoints[i];
    const Keypoint& back = read->keypoints[i];
    EXPECT_NEAR(back.x, written.x, 0.01);
    EXPECT_NEAR(back.y, written.y, 0.01);
    EXPECT_NEAR(back.size / written.size, 1, 0.03);
    EXPECT_NEAR(std::remainder(back.angle - written.angle, 360), 0, 0.8);
  }
}

TEST(FeatureRecord, HoldsNoKeypointsOfAPlainPicture) {
  const auto read = ReadFeatureRecord(WriteFeatureRecord(FeaturesOf(testing::PaintPlain())));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->keypoints.empty());
  EXPECT_EQ(read->region.width, 400);
}

TEST(FeatureRecord, KeepsTheStrongestWithinItsBudget) {
  const LocalFeatures features = FeaturesOf(testing::PaintPackage(2, 800, 600), 400);
  ASSERT_GT(features.keypoints.size(), kRecordKeypointsMax);
  const Bytes bytes = WriteFeatureRecord(features);
  EXPECT_EQ(bytes.size(), kRecordBytesMax);
  const auto read = ReadFeatureRecord(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(
      std::equal(read->descriptors.begin(), read->descriptors.end(), features.descriptors.begin()));
}

TEST(FeatureRecord, RefusesEveryCutRecord) {
  const Bytes bytes = WriteFeatureRecord(FeaturesOf(testing::PaintPackage(3), 12));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ReadFeatureRecord(std::span(bytes).first(size))) << size;
}

TEST(FeatureRecord, RefusesEveryChangedByte) {
  Bytes bytes = WriteFeatureRecord(FeaturesOf(testing::PaintPackage(4), 12));
  for (std::byte& byte : bytes) {
    byte ^= std::byte{0x10};
    EXPECT_FALSE(ReadFeatureRecord(bytes)) << &byte - bytes.data();
    byte ^= std::byte{0x10};
  }
  EXPECT_TRUE(ReadFeatureRecord(bytes));
}

TEST(FeatureRecord, RefusesANewerVersionAsUnimplemented) {
  Bytes bytes = WriteFeatureRecord(FeaturesOf(testing::PaintPackage(5), 12));
  bytes[4] = std::byte{2};
  const auto read = ReadFeatureRecord(Sealed(bytes));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnimplemented);
}

// What is damaged before the checksum is taken must not lead out of bounds either.
TEST(FeatureRecord, MutationsWithARightChecksumNeverCrash) {
  constexpr unsigned kSeed = 20261122;
  std::mt19937 random(kSeed);
  const Bytes good = WriteFeatureRecord(FeaturesOf(testing::PaintPackage(6), 12));
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(::testing::Message() << "seed " << kSeed << " round " << round);
    Bytes bytes = good;
    for (std::size_t changes = 1 + random() % 4; changes > 0; --changes)
      // Half of the changes hit the header.
      bytes[random() % (random() % 2 == 0 ? 28 : bytes.size() - 4)] =
          static_cast<std::byte>(random());
    if (random() % 4 == 0) bytes.resize(32 + random() % (bytes.size() - 32));
    const auto read = ReadFeatureRecord(Sealed(bytes));
    if (!read) continue;
    ASSERT_LE(read->keypoints.size(), kRecordKeypointsMax);
    ASSERT_EQ(read->descriptors.size(), read->keypoints.size() * kDescriptorSize);
    for (const Keypoint& keypoint : read->keypoints) ASSERT_TRUE(std::isfinite(keypoint.x));
  }
}

}  // namespace
}  // namespace snapshelf
