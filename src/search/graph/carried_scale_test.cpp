// Proves that an upper plane carries the scale of its row to 1 / 4096, and gives back what it was
// encoded as.

#include "search/graph/carried_scale.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "search/graph/graph_rows.h"

namespace snapshelf {
namespace {

TEST(CarriedScale, IsNearTheScale) {
  for (float scale = 1e-9F; scale < 0.99F; scale *= 1.001F)
    EXPECT_NEAR(UnpackScale(PackScale(scale)), scale, scale / 4096);
  EXPECT_LT(UnpackScale(PackScale(0)), 1e-9F);
  EXPECT_NEAR(UnpackScale(PackScale(5)), 1, 1e-3);  // no unit vector has it
}

TEST(CarriedScale, ChangesTheLowestBitsOnly) {
  std::mt19937 random(3);
  for (int i = 0; i < 1000; ++i) {
    std::uint8_t plane[kCarryingBytes];
    for (std::uint8_t& byte : plane) byte = static_cast<std::uint8_t>(random());
    const std::vector<std::uint8_t> before(plane, plane + kCarryingBytes);
    const std::uint16_t covered = LowBits(plane);
    const auto bits = static_cast<std::uint16_t>(random());
    SetLowBits(plane, bits);
    ASSERT_EQ(LowBits(plane), bits);
    for (std::size_t j = 0; j < kCarryingBytes; ++j) {
      ASSERT_EQ(plane[j] & 1, bits >> j & 1);
      ASSERT_EQ(plane[j] | 1, before[j] | 1);
    }
    SetLowBits(plane, covered);
    ASSERT_EQ(std::vector<std::uint8_t>(plane, plane + kCarryingBytes), before);
  }
}

std::optional<GraphRows> OneRow(const Codec& codec, std::vector<std::uint8_t>& upper) {
  auto rows = GraphRows::Reserve(codec);
  std::vector<float> values(codec.code_dim());
  std::mt19937 random(5);
  for (float& value : values) value = std::normal_distribution<float>(0, 0.1F)(random);
  rows->terms(0) = codec.Encode(values.data(), rows->upper(0), rows->lower(0));
  upper.assign(rows->upper(0), rows->upper(0) + codec.plane_bytes());
  rows->CarryScale(0);
  return rows;
}

TEST(GraphRows, CarryScalesOfUnitVectorsAndGiveThePlaneBack) {
  const Codec codec(256, Metric::kCosine, std::vector<float>(256), 1);
  std::vector<std::uint8_t> upper;
  const auto rows = OneRow(codec, upper);
  const float scale = rows->terms(0).scale;
  EXPECT_NEAR(rows->CoarseTerms(0, true).scale, scale, scale / 4096);
  EXPECT_EQ(rows->CoarseTerms(0, false).scale, scale);
  std::vector<std::uint8_t> copy(upper.size());
  rows->CopyUpper(0, copy.data());
  EXPECT_EQ(copy, upper);
}

TEST(GraphRows, LeaveShortCodesAndLengthsAlone) {
  for (const auto& [dim, metric] : {std::pair{64, Metric::kCosine}, std::pair{256, Metric::kL2},
                                    std::pair{256, Metric::kInnerProduct}}) {
    const Codec codec(dim, metric, std::vector<float>(dim), 1);
    std::vector<std::uint8_t> upper;
    const auto rows = OneRow(codec, upper);
    EXPECT_FALSE(rows->PlanesSuffice({}));
    EXPECT_EQ(std::vector<std::uint8_t>(rows->upper(0), rows->upper(0) + upper.size()), upper);
  }
}

}  // namespace
}  // namespace snapshelf
