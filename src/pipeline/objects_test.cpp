// Proves which parts of a photo are searched and stored, and in which order.
#include "pipeline/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/shop.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;

const Photo kPhoto{.image = {}, .width = 1000, .height = 800};

std::vector<std::string> Names(const std::vector<PhotoObject>& objects) {
  std::vector<std::string> names;
  for (const PhotoObject& object : objects) names.push_back(object.class_name);
  return names;
}

Detection Thing(const char* name, Box box, float score) {
  return {.box = box, .class_index = 0, .class_name = name, .score = score};
}

TEST(ObjectsToSearch, IsTheWholePictureWhenNothingIsDetected) {
  const auto objects = ObjectsToSearch(kPhoto, {});
  ASSERT_THAT(Names(objects), ElementsAre("whole picture"));
  EXPECT_EQ(objects[0].box.width, 1000);
  EXPECT_EQ(objects[0].box.height, 800);
}

TEST(ObjectsToSearch, PutsSureAndLargeThingsFirstAndTheWholePictureLast) {
  const std::vector<Detection> detections = {Thing("small", {0, 0, 80, 80}, 0.8F),
                                             Thing("large", {100, 100, 600, 600}, 0.7F),
                                             Thing("unsure", {300, 300, 600, 450}, 0.31F)};
  EXPECT_THAT(Names(ObjectsToSearch(kPhoto, detections)),
              ElementsAre("large", "small", "unsure", "whole picture"));
}

TEST(ObjectsToSearch, DropsWhatIsTooSmallToKnow) {
  const std::vector<Detection> detections = {Thing("crumb", {0, 0, 30, 30}, 0.99F)};
  EXPECT_THAT(Names(ObjectsToSearch(kPhoto, detections)), ElementsAre("whole picture"));
}

TEST(ObjectsToSearch, SearchesWhatAPersonWears) {
  const std::vector<Detection> detections = {Thing("person", {100, 0, 300, 800}, 0.9F)};
  const auto objects = ObjectsToSearch(kPhoto, detections);
  ASSERT_THAT(Names(objects), ElementsAre("outfit", "lower body", "upper body", "whole picture"));
  EXPECT_LT(objects[2].box.y + objects[2].box.height, 800);
  EXPECT_FLOAT_EQ(objects[1].box.y + objects[1].box.height, 800);
}

TEST(ObjectsToSearch, KeepsAtMostTenParts) {
  std::vector<Detection> detections;
  for (int i = 0; i < 30; ++i)
    detections.push_back(Thing("mug", {static_cast<float>(i) * 30, 0, 100, 100}, 0.5F));
  const auto objects = ObjectsToSearch(kPhoto, detections);
  EXPECT_EQ(objects.size(), 10U);
  EXPECT_EQ(objects.back().class_name, "whole picture");
}

TEST(ObjectsToStore, KeepsTheWholePictureFirstAndAtMostFourVectors) {
  std::vector<Detection> detections;
  for (int i = 0; i < 6; ++i)
    detections.push_back(Thing("mug", {static_cast<float>(i) * 150, 0, 140, 300}, 0.5F));
  const auto objects = ObjectsToStore(kPhoto, detections);
  EXPECT_EQ(objects.front().class_name, "whole picture");
  EXPECT_LE(objects.size(), static_cast<std::size_t>(kVectorsPerPicture));
}

TEST(ObjectsToStore, LeavesOutAThingThatFillsThePicture) {
  const std::vector<Detection> detections = {Thing("vase", {10, 10, 970, 780}, 0.9F)};
  EXPECT_THAT(Names(ObjectsToStore(kPhoto, detections)), ElementsAre("whole picture"));
}

TEST(WithMargin, StaysInsideThePhoto) {
  const Box box = WithMargin({.x = 0, .y = 0, .width = 1000, .height = 400}, kPhoto);
  EXPECT_EQ(box.x, 0);
  EXPECT_EQ(box.width, 1000);
  EXPECT_GT(box.height, 400);
}

}  // namespace
}  // namespace snapshelf
