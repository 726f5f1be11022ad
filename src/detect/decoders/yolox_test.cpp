// Proves that a box written as YOLOX writes it comes out as the same box.
#include "detect/decoders/yolox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace snapshelf {
namespace {

// A 64 x 32 input with strides 8 and 16: grids of 8 x 4 and 4 x 2 cells, 40 places in all.
ModelCard Card() {
  ModelCard card;
  card.decoder = "yolox";
  card.input.width = 64;
  card.input.height = 32;
  card.strides = {8, 16};
  card.classes = {"chair", "lamp", "bag"};
  card.score_threshold = 0.3F;
  return card;
}

constexpr std::size_t kPlaces = 40;
constexpr std::size_t kRow = 8;

Tensor Empty(std::int64_t images = 1) {
  return {.shape = {images, kPlaces, kRow}, .values = std::vector<float>(images * kPlaces * kRow)};
}

/// Writes a box with centre and size in input pixels at a place of the grid.
void Put(Tensor& output, std::size_t place, float stride, float cell_x, float cell_y,
         const CentredBox& box) {
  float* row = &output.values[place * kRow];
  row[0] = box.x / stride - cell_x;
  row[1] = box.y / stride - cell_y;
  row[2] = std::log(box.width / stride);
  row[3] = std::log(box.height / stride);
  row[4] = 0.8F;
  row[5] = 0.1F;
  row[6] = 0.9F;
  row[7] = 0.2F;
}

TEST(DecodeYolox, FindsTheBoxOfEachGrid) {
  Tensor output = Empty();
  // Row 2, column 5 of the fine grid; row 1, column 3 of the coarse one, which starts at place 32.
  Put(output, 2 * 8 + 5, 8, 5, 2, {.x = 44, .y = 20, .width = 10, .height = 6});
  Put(output, 32 + 1 * 4 + 3, 16, 3, 1, {.x = 52, .y = 18, .width = 20, .height = 24});
  const auto boxes = DecodeYolox(output, 0, Card());
  ASSERT_TRUE(boxes) << boxes.error().message;
  ASSERT_EQ(boxes->size(), 2U);
  EXPECT_NEAR((*boxes)[0].box.x, 39, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.y, 17, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.width, 10, 1e-3);
  EXPECT_NEAR((*boxes)[0].box.height, 6, 1e-3);
  EXPECT_EQ((*boxes)[0].class_index, 1);
  EXPECT_NEAR((*boxes)[0].score, 0.72F, 1e-6);
  EXPECT_NEAR((*boxes)[1].box.x, 42, 1e-3);
  EXPECT_NEAR((*boxes)[1].box.y, 6, 1e-3);
  EXPECT_NEAR((*boxes)[1].box.width, 20, 1e-3);
  EXPECT_NEAR((*boxes)[1].box.height, 24, 1e-3);
}

TEST(DecodeYolox, ReadsTheImageThatIsAskedFor) {
  Tensor output = Empty(2);
  Put(output, kPlaces + 7, 8, 7, 0, {.x = 60, .y = 4, .width = 8, .height = 8});
  EXPECT_TRUE(DecodeYolox(output, 0, Card())->empty());
  const auto boxes = DecodeYolox(output, 1, Card());
  ASSERT_EQ(boxes->size(), 1U);
  EXPECT_NEAR(boxes->front().box.x, 56, 1e-3);
}

TEST(DecodeYolox, LeavesOutWhatScoresBelowTheThreshold) {
  Tensor output = Empty();
  Put(output, 0, 8, 0, 0, {.x = 4, .y = 4, .width = 8, .height = 8});
  output.values[4] = 0.33F;  // .33 * .9 < .3
  EXPECT_TRUE(DecodeYolox(output, 0, Card())->empty());
}

TEST(DecodeYolox, RefusesAnotherNumberOfPlaces) {
  const Tensor output = {.shape = {1, 41, kRow}, .values = std::vector<float>(41 * kRow)};
  const auto boxes = DecodeYolox(output, 0, Card());
  ASSERT_FALSE(boxes);
  EXPECT_EQ(boxes.error().code, Code::kInvalidArgument);
  EXPECT_THAT(boxes.error().message, ::testing::HasSubstr("needs [N, 40, 8]"));
}

}  // namespace
}  // namespace snapshelf
