// Proves that pixels reach a network in the order and scale that its card asks for.
#include "runtime/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace snapshelf {
namespace {

using ::testing::ElementsAre;

// Two pixels: red 10, green 20, blue 30; then 40, 50, 60.
constexpr std::array<std::uint8_t, 6> kPixels = {10, 20, 30, 40, 50, 60};

TEST(PackPixels, SplitsColoursIntoPlanes) {
  const ModelCard::Input input = {.width = 2, .height = 1};
  std::array<float, 6> planes{};
  PackPixels(kPixels, input, planes);
  EXPECT_THAT(planes, ElementsAre(10, 40, 20, 50, 30, 60));
}

TEST(PackPixels, PutsBlueFirstForBgr) {
  const ModelCard::Input input = {.width = 2, .height = 1, .color = "BGR"};
  std::array<float, 6> planes{};
  PackPixels(kPixels, input, planes);
  EXPECT_THAT(planes, ElementsAre(30, 60, 20, 50, 10, 40));
}

TEST(PackPixels, ScalesThenSubtractsTheMeanThenDivides) {
  const ModelCard::Input input = {
      .width = 2, .height = 1, .scale = 0.1F, .mean = {1, 2, 3}, .std = {1, 2, 4}};
  std::array<float, 6> planes{};
  PackPixels(kPixels, input, planes);
  EXPECT_THAT(planes, ::testing::Pointwise(::testing::FloatNear(1e-6F),
                                           std::array<float, 6>{0, 3, 0, 1.5F, 0, 0.75F}));
}

// Mean and std belong to the colours in the order of `color`.
TEST(PackPixels, TakesMeansInTheOrderOfTheColours) {
  const ModelCard::Input input = {.width = 2, .height = 1, .color = "BGR", .mean = {30, 20, 10}};
  std::array<float, 6> planes{};
  PackPixels(kPixels, input, planes);
  EXPECT_THAT(planes, ElementsAre(0, 30, 0, 30, 0, 30));
}

}  // namespace
}  // namespace snapshelf
