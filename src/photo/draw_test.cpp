#include "photo/draw.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "photo/test_pictures.h"
#include "photo/text.h"

namespace snapshelf {
namespace {

using testing::At;
using testing::Quarters;
using testing::Rgb;

Photo SomePhoto() {
  return {.image = Quarters(96, 64), .width = 960, .height = 640};
}

bool Contains(const Image& image, const Rgb& colour) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (At(image, x, y) == colour) return true;
    }
  }
  return false;
}

TEST(DrawSheet, ShowsThePhotoAloneWhenNothingWasFound) {
  testing::StartPhoto();
  const Image sheet = DrawSheet(SomePhoto(), {});
  EXPECT_GT(sheet.width, 480);
  EXPECT_EQ(At(sheet, 0, 0), (Rgb{255, 255, 255}));
  EXPECT_EQ(At(sheet, 28 + 120, 28 + 80), (Rgb{255, 0, 0}));
  EXPECT_EQ(At(sheet, 28 + 360, 28 + 240), (Rgb{0, 0, 255}));
}

TEST(DrawSheet, FramesTheBoxWhereItLiesOnTheOriginal) {
  testing::StartPhoto();
  SheetRow row;
  row.box = {.x = 200, .y = 160, .width = 400, .height = 320};
  row.caption = "shoe 0.91";
  const Image sheet = DrawSheet(SomePhoto(), {row});
  const Rgb frame = {0, 114, 178};
  EXPECT_EQ(At(sheet, 28 + 101, 28 + 160), frame);  // half the size of the original
  EXPECT_EQ(At(sheet, 28 + 298, 28 + 160), frame);
  EXPECT_EQ(At(sheet, 28 + 200, 28 + 81), frame);
  EXPECT_EQ(At(sheet, 28 + 200, 28 + 238), frame);
}

TEST(DrawSheet, PutsTheMatchesInRows) {
  testing::StartPhoto();
  SheetRow row;
  row.box = {.x = 0, .y = 0, .width = 960, .height = 640};
  row.caption = "whole picture";
  const Image pink = testing::Paint(30, 60, [](int, int) { return Rgb{250, 120, 180}; });
  for (int i = 0; i < 4; ++i) row.matches.push_back({.picture = pink, .caption = "Shoe\n0.9"});
  const Image one = DrawSheet(SomePhoto(), {row});
  const Image three = DrawSheet(SomePhoto(), {row, row, row});
  EXPECT_TRUE(Contains(one, {250, 120, 180}));
  EXPECT_EQ(one.width, three.width);
  EXPECT_GT(three.height, one.height);
}

TEST(DrawSheet, TakesBoxesOutsideAndMatchesWithoutPicture) {
  testing::StartPhoto();
  SheetRow row;
  row.box = {.x = 5000, .y = 0, .width = 10, .height = 10};
  row.matches.push_back({.picture = {}, .caption = ""});
  EXPECT_GT(DrawSheet(SomePhoto(), {row}).width, 480);
}

TEST(RenderText, CutsLongTextWithAnEllipsis) {
  testing::StartPhoto();
  const std::string title = "Größe M, Тёплая куртка & <b>more</b> than fits into the width";
  const TextMask whole = RenderText(title, {.size = 12});
  if (whole.width == 0) GTEST_SKIP() << "no font is installed (Debian: fonts-dejavu-core)";
  EXPECT_GT(whole.width, 150);
  const TextMask cut = RenderText(title, {.size = 12, .width_max = 150});
  EXPECT_LE(cut.width, 150);
  EXPECT_GT(cut.width, 100);
}

TEST(RenderText, TakesAnyBytes) {
  testing::StartPhoto();
  EXPECT_EQ(RenderText("", {}).width, 0);
  EXPECT_EQ(RenderText("  \n", {}).width, 0);
  (void)RenderText("\xFF\xFE not UTF-8 \xC3", {.size = 12, .width_max = 20});
  (void)RenderText("x", {.size = 12, .width_max = 1});
}

}  // namespace
}  // namespace snapshelf
