// Proves that a box written as the first YOLO writes it comes out as the same box.
#include "detect/decoders/yolov1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace snapshelf {
namespace {

constexpr std::size_t kCells = 49;
constexpr std::size_t kClasses = 20;
constexpr std::size_t kSize = 1470;

ModelCard Card() {
  ModelCard card;
  card.decoder = "yolov1";
  card.input.width = 448;
  card.input.height = 448;
  card.classes.assign(kClasses, "thing");
  card.score_threshold = 0.2F;
  return card;
}

/// Writes box `slot` of the cell that holds its centre.
void Put(Tensor& output, std::size_t image, std::size_t slot, const CentredBox& box) {
  const auto column = static_cast<std::size_t>(box.x / 64);
  const auto row = static_cast<std::size_t>(box.y / 64);
  const std::size_t cell = row * 7 + column;
  float* values = &output.values[image * kSize];
  values[cell * kClasses + 13] = 0.5F;
  values[kCells * kClasses + cell * 2 + slot] = 0.8F;
  float* at = &values[kCells * (kClasses + 2) + (cell * 2 + slot) * 4];
  at[0] = box.x / 64 - static_cast<float>(column);
  at[1] = box.y / 64 - static_cast<float>(row);
  at[2] = std::sqrt(box.width / 448);
  at[3] = std::sqrt(box.height / 448);
}

TEST(DecodeYolov1, FindsBothBoxesOfACell) {
  Tensor output = {.shape = {1, kSize}, .values = std::vector<float>(kSize)};
  // Both centres lie in column 2, row 5.
  Put(output, 0, 0, {.x = 150, .y = 350, .width = 100, .height = 60});
  Put(output, 0, 1, {.x = 160, .y = 360, .width = 20, .height = 200});
  const auto boxes = DecodeYolov1(output, 0, Card());
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2U);
  EXPECT_NEAR((*boxes)[0].box.x, 100, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.y, 320, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.width, 100, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.height, 60, 1e-3);
  EXPECT_EQ((*boxes)[0].class_index, 13);
  EXPECT_NEAR((*boxes)[0].score, 0.4F, 1e-6);
  EXPECT_NEAR((*boxes)[1].box.x, 150, 1e-3);
  EXPECT_NEAR((*boxes)[1].box.y, 260, 1e-3);
}

TEST(DecodeYolov1, ReadsTheImageThatIsAskedFor) {
  Tensor output = {.shape = {2, kSize}, .values = std::vector<float>(2 * kSize)};
  Put(output, 1, 1, {.x = 440, .y = 10, .width = 16, .height = 20});
  EXPECT_TRUE(DecodeYolov1(output, 0, Card())->empty());
  const auto boxes = DecodeYolov1(output, 1, Card());
  ASSERT_EQ(boxes->size(), 1U);
  EXPECT_NEAR(boxes->front().box.x, 432, 1e-3);
  EXPECT_NEAR(boxes->front().box.y, 0, 1e-3);
}

TEST(DecodeYolov1, LeavesOutConfidentBoxesOfNoClass) {
  Tensor output = {.shape = {1, kSize}, .values = std::vector<float>(kSize)};
  Put(output, 0, 0, {.x = 150, .y = 350, .width = 100, .height = 60});
  output.values[(5 * 7 + 2) * kClasses + 13] = 0.1F;  // .8 * .1 < .2
  EXPECT_TRUE(DecodeYolov1(output, 0, Card())->empty());
}

TEST(DecodeYolov1, RefusesAnotherSize) {
  const Tensor output = {.shape = {1, 1469}, .values = std::vector<float>(1469)};
  const auto boxes = DecodeYolov1(output, 0, Card());
  ASSERT_FALSE(boxes);
  EXPECT_THAT(boxes.error().message, ::testing::HasSubstr("needs [N, 1470]"));
}

}  // namespace
}  // namespace snapshelf
