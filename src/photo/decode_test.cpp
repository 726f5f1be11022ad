#include "photo/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "photo/test_pictures.h"

namespace snapshelf {
namespace {

using testing::At;
using testing::Bytes;
using testing::Distance;
using testing::Paint;
using testing::Quarters;
using testing::Rgb;
using testing::Store;
using testing::StoreAnimation;

constexpr Rgb kRed = {255, 0, 0};
constexpr Rgb kGreen = {0, 255, 0};
constexpr Rgb kBlue = {0, 0, 255};
constexpr Rgb kYellow = {255, 255, 0};

/// Looks at the middles of the four quarters; lossy formats shift colours a little.
void ExpectQuarters(const Image& image, int tolerance) {
  const int x = image.width / 4;
  const int y = image.height / 4;
  EXPECT_LE(Distance(At(image, x, y), kRed), tolerance);
  EXPECT_LE(Distance(At(image, 3 * x, y), kGreen), tolerance);
  EXPECT_LE(Distance(At(image, 3 * x, 3 * y), kBlue), tolerance);
  EXPECT_LE(Distance(At(image, x, 3 * y), kYellow), tolerance);
}

struct FormatCase {
  const char* name;
  const char* suffix;
  const char* media_type;
};

class DecodeFormat : public ::testing::TestWithParam<FormatCase> {};

TEST_P(DecodeFormat, GivesThePixelsAndTheInfo) {
  const Bytes bytes = Store(Quarters(64, 48), {.suffix = GetParam().suffix});
  const Result<Photo> photo = DecodePhoto(bytes);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->width, 64);
  EXPECT_EQ(photo->height, 48);
  EXPECT_EQ(photo->image.width, 64);
  EXPECT_EQ(photo->image.height, 48);
  EXPECT_EQ(photo->image.pixels.size(), 64U * 48 * 3);
  ExpectQuarters(photo->image, 12);

  const Result<PhotoInfo> info = ReadPhotoInfo(bytes);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->width, 64);
  EXPECT_EQ(info->height, 48);
  EXPECT_EQ(info->frames, 1);
  EXPECT_EQ(info->media_type, GetParam().media_type);
}

TEST_P(DecodeFormat, ShrinksToTheLongestSide) {
  const Bytes bytes = Store(Quarters(400, 300), {.suffix = GetParam().suffix});
  const Result<Photo> photo = DecodePhoto(bytes, {.limits = {}, .longest_side_max = 100});
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->width, 400);
  EXPECT_EQ(photo->height, 300);
  EXPECT_EQ(photo->image.width, 100);
  EXPECT_EQ(photo->image.height, 75);
  ExpectQuarters(photo->image, 12);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, DecodeFormat,
    ::testing::Values(FormatCase{"Jpeg", ".jpg[Q=95]", "image/jpeg"},
                      FormatCase{"ProgressiveJpeg", ".jpg[Q=95,interlace]", "image/jpeg"},
                      FormatCase{"Png", ".png", "image/png"},
                      FormatCase{"InterlacedPng", ".png[interlace]", "image/png"},
                      FormatCase{"PalettePng", ".png[palette]", "image/png"},
                      FormatCase{"Webp", ".webp[Q=90]", "image/webp"},
                      FormatCase{"Gif", ".gif", "image/gif"},
                      FormatCase{"Heic", ".heic[Q=90]", "image/heic"},
                      FormatCase{"Avif", ".avif[Q=90,effort=0]", "image/avif"}),
    [](const auto& tested) { return tested.param.name; });

/// The edges of the upright picture at which row 0 and column 0 of the stored one lie, as the EXIF
/// standard (CIPA DC-008, tag Orientation) words it.
struct OrientationCase {
  int orientation;
  char row0;
  char column0;
};

class DecodeOrientation : public ::testing::TestWithParam<OrientationCase> {};

/// What a camera stores of `upright` when held so.
Image Turned(const Image& upright, const OrientationCase& turn) {
  const bool lying = turn.row0 == 'l' || turn.row0 == 'r';
  const int width = lying ? upright.height : upright.width;
  const int height = lying ? upright.width : upright.height;
  return Paint(width, height, [&](int column, int row) {
    int x = 0;
    int y = 0;
    const auto from_edge = [&](char edge, int steps) {
      if (edge == 'l') x = steps;
      if (edge == 'r') x = upright.width - 1 - steps;
      if (edge == 't') y = steps;
      if (edge == 'b') y = upright.height - 1 - steps;
    };
    from_edge(turn.row0, row);
    from_edge(turn.column0, column);
    return At(upright, x, y);
  });
}

TEST_P(DecodeOrientation, ComesOutUpright) {
  const Image upright = Quarters(200, 120);
  const Image stored = Turned(upright, GetParam());
  for (const char* suffix : {".jpg[Q=95]", ".webp[lossless]"}) {
    SCOPED_TRACE(suffix);
    const Bytes bytes = Store(stored, {.suffix = suffix, .orientation = GetParam().orientation});
    for (const int longest_side_max : {0, 50}) {
      const Result<Photo> photo =
          DecodePhoto(bytes, {.limits = {}, .longest_side_max = longest_side_max});
      ASSERT_TRUE(photo) << photo.error().message;
      EXPECT_EQ(photo->width, 200);
      EXPECT_EQ(photo->height, 120);
      EXPECT_EQ(photo->image.width, longest_side_max == 0 ? 200 : 50);
      EXPECT_EQ(photo->image.height, longest_side_max == 0 ? 120 : 30);
      ExpectQuarters(photo->image, 12);
    }
    const Result<PhotoInfo> info = ReadPhotoInfo(bytes);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->width, 200);
    EXPECT_EQ(info->height, 120);
  }
}

TEST_P(DecodeOrientation, KeepsEveryPixelOfATallPicture) {
  const Image upright = Paint(37, 211, [](int x, int y) -> Rgb {
    return {static_cast<std::uint8_t>(x * 6), static_cast<std::uint8_t>(y), 7};
  });
  const Bytes bytes = Store(Turned(upright, GetParam()),
                            {.suffix = ".webp[lossless]", .orientation = GetParam().orientation});
  const Result<Photo> photo = DecodePhoto(bytes);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->image.pixels, upright.pixels);
}

INSTANTIATE_TEST_SUITE_P(
    Exif, DecodeOrientation,
    ::testing::Values(OrientationCase{1, 't', 'l'}, OrientationCase{2, 't', 'r'},
                      OrientationCase{3, 'b', 'r'}, OrientationCase{4, 'b', 'l'},
                      OrientationCase{5, 'l', 't'}, OrientationCase{6, 'r', 't'},
                      OrientationCase{7, 'r', 'b'}, OrientationCase{8, 'l', 'b'}),
    [](const auto& tested) { return std::to_string(tested.param.orientation); });

// HEIF turns pictures by a property of its own ("irot", quarter turns anticlockwise), and asks that
// the orientation in the EXIF data, which phones write too, be ignored.
TEST(DecodePhoto, TurnsAHeicOnceThoughExifSaysItToo) {
  const Image upright = Quarters(200, 120);
  Bytes bytes = Store(Turned(upright, {.orientation = 6, .row0 = 'r', .column0 = 't'}),
                      {.suffix = ".heic[Q=90]", .orientation = 6});
  // The encoder writes no "irot": one is made of the property that lists the bits of a channel.
  const Bytes old_property = testing::FromText("pixi");
  const Bytes new_property = testing::FromText("irot\x03");
  const auto at = std::ranges::search(bytes, old_property).begin();
  ASSERT_NE(at, bytes.end());
  std::ranges::copy(new_property, at);
  const Result<Photo> photo = DecodePhoto(bytes);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->width, 200);
  EXPECT_EQ(photo->height, 120);
  ExpectQuarters(photo->image, 12);
}

// The page overwrites what the camera wrote where the browser cannot encode a photo anew
// (web/src/features/capture/heif_metadata.ts).
TEST(DecodePhoto, ReadsAHeicWhoseExifIsOverwrittenWithZeros) {
  Bytes bytes = Store(Quarters(200, 120), {.suffix = ".heic[Q=90]", .orientation = 6});
  const Bytes exif = testing::FromText(std::string("Exif\0\0MM", 8));
  const Bytes exif_intel = testing::FromText(std::string("Exif\0\0II", 8));
  auto found = std::ranges::search(bytes, exif);
  if (found.empty()) found = std::ranges::search(bytes, exif_intel);
  ASSERT_FALSE(found.empty());
  constexpr std::ptrdiff_t kFew = 26;  // the TIFF header and one entry
  std::ranges::fill(found.begin(), found.begin() + kFew, std::byte{0});
  const Result<Photo> photo = DecodePhoto(bytes);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->width, 200);
  ExpectQuarters(photo->image, 12);
}

TEST(DecodePhoto, GivesTheFirstFrameOfAnAnimation) {
  for (const char* suffix : {".gif", ".webp[lossless]"}) {
    SCOPED_TRACE(suffix);
    const Bytes bytes = StoreAnimation(20, 10, {kBlue, kRed, kGreen}, suffix);
    const Result<Photo> photo = DecodePhoto(bytes);
    ASSERT_TRUE(photo) << photo.error().message;
    EXPECT_EQ(photo->width, 20);
    EXPECT_EQ(photo->height, 10);
    EXPECT_LE(Distance(At(photo->image, 19, 9), kBlue), 2);
    EXPECT_EQ(ReadPhotoInfo(bytes)->frames, 3);
  }
}

TEST(DecodePhoto, TakesASinglePixel) {
  for (const char* suffix : {".jpg", ".png", ".webp", ".gif"}) {
    SCOPED_TRACE(suffix);
    const Result<Photo> photo =
        DecodePhoto(Store(Paint(1, 1, [](int, int) { return kRed; }), {.suffix = suffix}));
    ASSERT_TRUE(photo) << photo.error().message;
    EXPECT_EQ(photo->image.pixels.size(), 3U);
  }
}

TEST(DecodePhoto, NeverMakesAThinPictureEmpty) {
  const Bytes bytes = Store(Paint(3000, 1, [](int, int) { return kRed; }), {.suffix = ".png"});
  const Result<Photo> photo = DecodePhoto(bytes, {.limits = {}, .longest_side_max = 100});
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->image.width, 100);
  EXPECT_EQ(photo->image.height, 1);
}

TEST(DecodePhoto, ShrinksJpegsOfAnySizeToTheExactSide) {
  for (const int width : {129, 255, 256, 257, 511, 1023, 1600}) {
    const Bytes bytes = Store(Quarters(width, 90), {.suffix = ".jpg"});
    const Result<Photo> photo = DecodePhoto(bytes, {.limits = {}, .longest_side_max = 128});
    ASSERT_TRUE(photo) << photo.error().message;
    EXPECT_EQ(photo->image.width, 128) << width;
    EXPECT_EQ(photo->width, width);
  }
}

TEST(DecodePhoto, NeverEnlarges) {
  const Result<Photo> photo = DecodePhoto(Store(Quarters(30, 20), {.suffix = ".png"}),
                                          {.limits = {}, .longest_side_max = 1000});
  ASSERT_TRUE(photo);
  EXPECT_EQ(photo->image.width, 30);
}

TEST(DecodePhoto, WorksOnManyThreadsAtOnce) {
  const Bytes good = Store(Quarters(300, 200), {.suffix = ".jpg[Q=95]"});
  const Bytes bad(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(DecodePhoto(good, {.limits = {}, .longest_side_max = 100}));
        EXPECT_FALSE(DecodePhoto(bad));
      }
    });
  }
}

TEST(DecodePhoto, DecodesRealPhotos) {
  const char* shared = std::getenv("SNAPSHELF_SHARED");
  const std::filesystem::path data =
      std::filesystem::path(shared != nullptr ? shared : SNAPSHELF_SOURCE_DIR "/../shared") /
      "data";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no real photos: " << data << " is absent";
  testing::StartPhoto();
  int decoded = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(data)) {
    if (file.path().extension() != ".jpg" || std::hash<std::string>{}(file.path()) % 40 != 0) {
      continue;
    }
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    const Result<Photo> photo = DecodePhoto(testing::FromText(text));
    EXPECT_TRUE(photo) << file.path() << ": " << photo.error().message;
    ++decoded;
  }
  EXPECT_GT(decoded, 50);
}

}  // namespace
}  // namespace snapshelf
