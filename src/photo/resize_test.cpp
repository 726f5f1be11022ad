#include "photo/resize.h"

#include <gtest/gtest.h>

#include "photo/test_pictures.h"

namespace snapshelf {
namespace {

using testing::At;
using testing::Distance;
using testing::Paint;
using testing::Quarters;
using testing::Rgb;

constexpr Rgb kPad = {114, 114, 114};

Photo Whole(Image image) {
  const int width = image.width;
  const int height = image.height;
  return {.image = std::move(image), .width = width, .height = height};
}

/// One channel of a row, left to right.
Photo Row(const std::vector<std::uint8_t>& values) {
  return Whole(Paint(static_cast<int>(values.size()), 1,
                     [&](int x, int) -> Rgb { return {values[x], values[x], values[x]}; }));
}

std::vector<int> Reds(const Image& image) {
  std::vector<int> reds;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) reds.push_back(image.pixels[i]);
  return reds;
}

Image Stretch(const Photo& photo, const Box& box, int width, int height) {
  return CropAndFit(photo, box, width, height, Fit::kStretch, kPad);
}

// The expected values below are those of Pillow: Image.resize(size, Image.BILINEAR).

TEST(CropAndFit, ShrinksByTwoAsPillowDoes) {
  const Photo photo = Row({0, 100, 200, 40, 80, 120, 255, 10});
  EXPECT_EQ(Reds(Stretch(photo, WholeBox(photo), 4, 1)), (std::vector<int>{71, 113, 112, 131}));
}

TEST(CropAndFit, ShrinksByAnUnevenFactorAsPillowDoes) {
  const Photo photo = Row({0, 100, 200, 40, 80, 120, 255, 10});
  EXPECT_EQ(Reds(Stretch(photo, WholeBox(photo), 3, 1)), (std::vector<int>{90, 99, 138}));
}

TEST(CropAndFit, EnlargesAsPillowDoes) {
  const Photo photo = Row({0, 100, 200});
  EXPECT_EQ(Reds(Stretch(photo, WholeBox(photo), 6, 1)),
            (std::vector<int>{0, 25, 75, 125, 175, 200}));
}

TEST(CropAndFit, KeepsEveryPixelAtTheSameSize) {
  const Photo photo = Whole(Quarters(31, 17));
  EXPECT_EQ(Stretch(photo, WholeBox(photo), 31, 17).pixels, photo.image.pixels);
}

TEST(CropAndFit, LeavesAConstantPictureConstant) {
  for (const int value : {0, 1, 127, 254, 255}) {
    const auto level = static_cast<std::uint8_t>(value);
    const Photo photo =
        Whole(Paint(173, 91, [&](int, int) -> Rgb { return {level, level, level}; }));
    for (const int size : {1, 7, 64, 320}) {
      const Image image =
          Stretch(photo, {.x = 3.3F, .y = 1.7F, .width = 150.1F, .height = 80.9F}, size, size);
      for (const std::uint8_t pixel : image.pixels) ASSERT_EQ(pixel, value) << size;
    }
  }
}

TEST(CropAndFit, CutsTheBoxWithoutItsSurroundings) {
  const Photo photo = Whole(Quarters(40, 40));
  const Image image = Stretch(photo, {.x = 20, .y = 0, .width = 20, .height = 20}, 8, 8);
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) EXPECT_EQ(At(image, x, y), (Rgb{0, 255, 0}));
  }
}

TEST(CropAndFit, MapsTheBoxToAShrunkPicture) {
  const Photo photo = {.image = Quarters(40, 40), .width = 400, .height = 400};
  const Image image = Stretch(photo, {.x = 0, .y = 200, .width = 200, .height = 200}, 5, 5);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 5; ++x) EXPECT_EQ(At(image, x, y), (Rgb{255, 255, 0}));
  }
}

TEST(CropAndFit, LetterboxCentresAndPads) {
  const Photo photo = Whole(Paint(200, 100, [](int, int) { return Rgb{9, 9, 9}; }));
  FitGeometry geometry;
  const Image image = CropAndFit(photo, WholeBox(photo), 64, 65, Fit::kLetterbox, kPad, &geometry);
  EXPECT_FLOAT_EQ(geometry.scale_x, 0.32F);
  EXPECT_FLOAT_EQ(geometry.scale_y, 0.32F);
  EXPECT_EQ(geometry.offset_x, 0);
  EXPECT_EQ(geometry.offset_y, 16);  // floor((65 - 32) / 2)
  EXPECT_EQ(At(image, 0, 15), kPad);
  EXPECT_EQ(At(image, 0, 16), (Rgb{9, 9, 9}));
  EXPECT_EQ(At(image, 63, 47), (Rgb{9, 9, 9}));
  EXPECT_EQ(At(image, 63, 48), kPad);
}

TEST(CropAndFit, LetterboxTopLeftPadsRightAndBelow) {
  const Photo photo = Whole(Paint(50, 100, [](int, int) { return Rgb{9, 9, 9}; }));
  FitGeometry geometry;
  const Image image =
      CropAndFit(photo, WholeBox(photo), 416, 416, Fit::kLetterboxTopLeft, kPad, &geometry);
  EXPECT_EQ(geometry.offset_x, 0);
  EXPECT_EQ(geometry.offset_y, 0);
  EXPECT_FLOAT_EQ(geometry.scale_x, 4.16F);
  EXPECT_EQ(At(image, 207, 415), (Rgb{9, 9, 9}));
  EXPECT_EQ(At(image, 208, 0), kPad);
}

TEST(CropAndFit, GeometryOfARoundedSideIsThatOfThePixels) {
  const Photo photo = Whole(Quarters(300, 200));
  FitGeometry geometry;
  (void)CropAndFit(photo, WholeBox(photo), 100, 100, Fit::kLetterbox, kPad, &geometry);
  EXPECT_FLOAT_EQ(geometry.scale_x, 100.0F / 300);
  EXPECT_FLOAT_EQ(geometry.scale_y, 67.0F / 200);  // round(66.67)
  EXPECT_EQ(geometry.offset_y, 16);                // floor(33 / 2)
}

TEST(CropAndFit, GeometryCountsFromTheCornerThatWasCutOff) {
  const Photo photo = Whole(Quarters(100, 100));
  FitGeometry geometry;
  const Image image = CropAndFit(photo, {.x = -50, .y = 20, .width = 100, .height = 50}, 50, 50,
                                 Fit::kStretch, kPad, &geometry);
  // The photo's left edge is 50 pixels into the box and lands on column 0.
  EXPECT_FLOAT_EQ(geometry.scale_x, 1);
  EXPECT_FLOAT_EQ(50 * geometry.scale_x + geometry.offset_x, 0);
  EXPECT_FLOAT_EQ(geometry.offset_y, 0);
  EXPECT_EQ(At(image, 0, 0), (Rgb{255, 0, 0}));
}

TEST(CropAndFit, ABoxOutsideThePhotoGivesPaddingOnly) {
  const Photo photo = Whole(Quarters(10, 10));
  const Image image = Stretch(photo, {.x = 50, .y = 50, .width = 10, .height = 10}, 3, 2);
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.height, 2);
  for (int x = 0; x < 3; ++x) EXPECT_EQ(At(image, x, 1), kPad);
}

TEST(CropAndFit, TakesBoxesThinnerThanAPixel) {
  const Photo photo = Whole(Quarters(10, 10));
  const Image image = Stretch(photo, {.x = 9.99F, .y = 0, .width = 0.01F, .height = 0.001F}, 4, 4);
  EXPECT_EQ(At(image, 3, 3), (Rgb{0, 255, 0}));
  const Image thin = CropAndFit(photo, {.x = 0, .y = 0, .width = 10, .height = 0.001F}, 32, 32,
                                Fit::kLetterbox, kPad);
  EXPECT_EQ(At(thin, 0, 15), (Rgb{255, 0, 0}));
}

TEST(CropAndFit, FitsASinglePixel) {
  const Photo photo = Whole(Paint(1, 1, [](int, int) { return Rgb{1, 2, 3}; }));
  EXPECT_EQ(At(Stretch(photo, WholeBox(photo), 224, 224), 223, 0), (Rgb{1, 2, 3}));
}

}  // namespace
}  // namespace snapshelf
