// Proves that no decoder gives a senseless box, whatever numbers a network puts out.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "detect/decoders/yolov1.h"
#include "detect/decoders/yolov5.h"
#include "detect/decoders/yolov8.h"
#include "detect/decoders/yolox.h"

namespace snapshelf {
namespace {

struct Layout {
  const char* name;
  Decoder decode;
  std::vector<std::int64_t> shape;  ///< for a 64 x 64 input, 2 classes and stride 8
};

class AnyDecoder : public ::testing::TestWithParam<Layout> {
 protected:
  static ModelCard Card() {
    ModelCard card;
    card.decoder = GetParam().name;
    card.input.width = 64;
    card.input.height = 64;
    card.strides = {8};
    card.classes = {"chair", "lamp"};
    card.score_threshold = 0.1F;
    return card;
  }
  static Tensor Filled(float value) {
    std::int64_t size = 1;
    for (const std::int64_t side : GetParam().shape) size *= side;
    return {.shape = GetParam().shape, .values = std::vector<float>(size, value)};
  }
};

INSTANTIATE_TEST_SUITE_P(All, AnyDecoder,
                         ::testing::Values(Layout{"yolox", DecodeYolox, {1, 64, 7}},
                                           Layout{"yolov5", DecodeYolov5, {1, 64, 7}},
                                           Layout{"yolov8", DecodeYolov8, {1, 6, 64}},
                                           Layout{"yolov1", DecodeYolov1, {1, 588}}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(AnyDecoder, GivesNothingForValuesThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max()}) {
    const auto boxes = GetParam().decode(Filled(value), 0, Card());
    ASSERT_TRUE(boxes) << boxes.error().message;
    EXPECT_TRUE(boxes->empty()) << value;
  }
}

TEST_P(AnyDecoder, GivesNothingForAnEmptyOutput) {
  const auto boxes = GetParam().decode(Filled(0), 0, Card());
  ASSERT_TRUE(boxes) << boxes.error().message;
  EXPECT_TRUE(boxes->empty());
}

TEST_P(AnyDecoder, GivesOnlySensibleBoxesForNoise) {
  constexpr unsigned kSeed = 20'260'101;
  std::mt19937 random(kSeed);
  const std::array<float, 8> values = {
      0, 1, 0.5F, -1, 1e30F, -1e30F, std::numeric_limits<float>::quiet_NaN(), 30};
  Tensor output = Filled(0);
  for (int repeat = 0; repeat < 50; ++repeat) {
    for (float& value : output.values) value = values[random() % values.size()];
    const auto boxes = GetParam().decode(output, 0, Card());
    ASSERT_TRUE(boxes) << boxes.error().message;
    for (const RawBox& raw : *boxes) {
      EXPECT_TRUE(std::isfinite(raw.box.x) && std::isfinite(raw.box.y));
      EXPECT_TRUE(std::isfinite(raw.box.Area()) && raw.box.Area() > 0);
      EXPECT_TRUE(raw.score >= 0.1F && raw.score <= 1) << raw.score;
      EXPECT_TRUE(raw.class_index == 0 || raw.class_index == 1);
    }
  }
}

}  // namespace
}  // namespace snapshelf
