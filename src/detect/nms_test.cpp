// Proves which of several overlapping boxes stay.
#include "detect/nms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace snapshelf {
namespace {

RawBox At(float x, float score, int class_index = 0) {
  return {.box = {.x = x, .y = 0, .width = 10, .height = 10},
          .class_index = class_index,
          .score = score};
}

std::vector<float> Scores(const std::vector<RawBox>& boxes) {
  std::vector<float> scores;
  for (const RawBox& box : boxes) scores.push_back(box.score);
  return scores;
}

TEST(SuppressDuplicates, KeepsTheBestOfOverlappingBoxes) {
  // IoU of neighbours 2 pixels apart: 80 / 120 = .67.
  EXPECT_EQ(Scores(SuppressDuplicates({At(2, 0.5F), At(0, 0.9F), At(4, 0.6F)}, 0.6F)),
            (std::vector<float>{0.9F, 0.6F}));
}

TEST(SuppressDuplicates, KeepsWhatASuppressedBoxOverlaps) {
  // The middle box goes, so it cannot take the last one with it.
  EXPECT_EQ(Scores(SuppressDuplicates({At(0, 0.9F), At(3, 0.8F), At(6, 0.7F)}, 0.5F)),
            (std::vector<float>{0.9F, 0.7F}));
}

TEST(SuppressDuplicates, KeepsBoxesOfOtherClasses) {
  EXPECT_EQ(Scores(SuppressDuplicates({At(0, 0.5F, 1), At(0, 0.9F, 0), At(1, 0.4F, 1)}, 0.5F)),
            (std::vector<float>{0.9F, 0.5F}));
}

TEST(SuppressDuplicates, KeepsTheFirstOfEqualScores) {
  const auto kept = SuppressDuplicates({At(1, 0.5F), At(0, 0.5F), At(50, 0.5F)}, 0.5F);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].box.x, 1);
  EXPECT_EQ(kept[1].box.x, 50);
}

TEST(SuppressDuplicates, KeepsAllAtAnIouOfOne) {
  EXPECT_EQ(SuppressDuplicates({At(0, 0.5F), At(0, 0.5F)}, 1).size(), 2U);
}

TEST(SuppressDuplicates, TakesNoBoxes) {
  EXPECT_TRUE(SuppressDuplicates({}, 0.5F).empty());
}

}  // namespace
}  // namespace snapshelf
