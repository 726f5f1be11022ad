// Proves that a box written as YOLOv5 writes it comes out as the same box.
#include "detect/decoders/yolov5.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace snapshelf {
namespace {

ModelCard Card() {
  ModelCard card;
  card.decoder = "yolov5";
  card.input.width = 640;
  card.input.height = 640;
  card.classes = {"chair", "lamp"};
  card.score_threshold = 0.25F;
  return card;
}

TEST(DecodeYolov5, FindsBoxesInTheOrderOfTheOutput) {
  const Tensor output = {.shape = {1, 3, 7},
                         .values = {100, 200, 40, 60, 0.9F, 0.2F, 0.8F,  //
                                    100, 200, 40, 60, 0.2F, 0.9F, 0.9F,  // not an object
                                    300, 310, 20, 10, 0.5F, 1.0F, 0.1F}};
  const auto boxes = DecodeYolov5(output, 0, Card());
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2U);
  EXPECT_FLOAT_EQ((*boxes)[0].box.x, 80);
  EXPECT_FLOAT_EQ((*boxes)[0].box.y, 170);
  EXPECT_FLOAT_EQ((*boxes)[0].box.width, 40);
  EXPECT_FLOAT_EQ((*boxes)[0].box.height, 60);
  EXPECT_EQ((*boxes)[0].class_index, 1);
  EXPECT_FLOAT_EQ((*boxes)[0].score, 0.72F);
  EXPECT_FLOAT_EQ((*boxes)[1].box.x, 290);
  EXPECT_EQ((*boxes)[1].class_index, 0);
  EXPECT_FLOAT_EQ((*boxes)[1].score, 0.5F);
}

TEST(DecodeYolov5, ReadsTheImageThatIsAskedFor) {
  Tensor output = {.shape = {2, 1, 7}, .values = std::vector<float>(14)};
  std::ranges::copy(std::vector<float>{10, 10, 4, 4, 1, 1, 0}, output.values.begin() + 7);
  EXPECT_TRUE(DecodeYolov5(output, 0, Card())->empty());
  EXPECT_EQ(DecodeYolov5(output, 1, Card())->size(), 1U);
}

TEST(DecodeYolov5, TakesAnyNumberOfPlaces) {
  const Tensor output = {.shape = {1, 0, 7}, .values = {}};
  EXPECT_TRUE(DecodeYolov5(output, 0, Card())->empty());
}

TEST(DecodeYolov5, RefusesAnotherNumberOfClasses) {
  const Tensor output = {.shape = {1, 1, 85}, .values = std::vector<float>(85)};
  const auto boxes = DecodeYolov5(output, 0, Card());
  ASSERT_FALSE(boxes);
  EXPECT_THAT(boxes.error().message,
              ::testing::HasSubstr("output [1, 1, 85] does not fit decoder yolov5 with 2 classes"));
}

}  // namespace
}  // namespace snapshelf
