// Proves that a box written as YOLOv8 writes it comes out as the same box.
#include "detect/decoders/yolov8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace snapshelf {
namespace {

ModelCard Card() {
  ModelCard card;
  card.decoder = "yolov8";
  card.input.width = 320;
  card.input.height = 320;
  card.classes = {"chair", "lamp"};
  card.score_threshold = 0.25F;
  return card;
}

TEST(DecodeYolov8, FindsBoxesInPlanes) {
  const Tensor output = {.shape = {1, 6, 3},
                         .values = {100, 50, 300,        // x
                                    200, 50, 310,        // y
                                    40, 10, 20,          // width
                                    60, 10, 10,          // height
                                    0.1F, 0.2F, 0.9F,    // chair
                                    0.8F, 0.1F, 0.3F}};  // lamp
  const auto boxes = DecodeYolov8(output, 0, Card());
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2U);
  EXPECT_FLOAT_EQ((*boxes)[0].box.x, 80);
  EXPECT_FLOAT_EQ((*boxes)[0].box.y, 170);
  EXPECT_FLOAT_EQ((*boxes)[0].box.width, 40);
  EXPECT_FLOAT_EQ((*boxes)[0].box.height, 60);
  EXPECT_EQ((*boxes)[0].class_index, 1);
  EXPECT_FLOAT_EQ((*boxes)[0].score, 0.8F);
  EXPECT_FLOAT_EQ((*boxes)[1].box.x, 290);
  EXPECT_FLOAT_EQ((*boxes)[1].box.y, 305);
  EXPECT_EQ((*boxes)[1].class_index, 0);
}

TEST(DecodeYolov8, ReadsTheImageThatIsAskedFor) {
  Tensor output = {.shape = {2, 6, 1}, .values = {0, 0, 0, 0, 0, 0, 9, 9, 4, 4, 0.5F, 0}};
  EXPECT_TRUE(DecodeYolov8(output, 0, Card())->empty());
  EXPECT_EQ(DecodeYolov8(output, 1, Card())->size(), 1U);
}

TEST(DecodeYolov8, RefusesTheOtherOrderOfSides) {
  const Tensor output = {.shape = {1, 2100, 6}, .values = std::vector<float>(12'600)};
  const auto boxes = DecodeYolov8(output, 0, Card());
  ASSERT_FALSE(boxes);
  EXPECT_THAT(boxes.error().message, ::testing::HasSubstr("needs [N, 6, -1]"));
}

}  // namespace
}  // namespace snapshelf
