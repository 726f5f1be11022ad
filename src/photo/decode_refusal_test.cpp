#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "photo/decode.h"
#include "photo/test_pictures.h"

namespace snapshelf {
namespace {

using testing::Bytes;
using testing::FromText;
using ::testing::HasSubstr;
using testing::Paint;
using testing::Quarters;
using testing::Rgb;
using testing::Store;
using testing::StoreAnimation;

class DecodeRefusal : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::StartPhoto(); }
};

/// A picture that does not compress, so that cutting its file cuts its pixels.
Image Noise(int width, int height) {
  std::uint32_t state = 1;
  return Paint(width, height, [&](int, int) -> Rgb {
    state = state * 1664525 + 1013904223;
    return {static_cast<std::uint8_t>(state >> 24), static_cast<std::uint8_t>(state >> 16),
            static_cast<std::uint8_t>(state >> 8)};
  });
}

TEST_F(DecodeRefusal, NamesAnEmptyPicture) {
  const Result<Photo> photo = DecodePhoto({});
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kInvalidArgument);
  EXPECT_THAT(photo.error().message, HasSubstr("empty"));
}

TEST_F(DecodeRefusal, ListsTheFormatsWhenItIsNoneOfThem) {
  for (const std::string& text :
       {std::string("hello"), std::string("x"), std::string("%PDF-1.7\n%bla"),
        std::string("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"),
        std::string("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        std::string("II*\0\x08\0\0\0", 8), std::string("BM1234567890"),
        std::string("\0\0\0\x18"
                    "ftypmp42\0\0\0\0mp42isom",
                    24),
        std::string("\0\0\0\xFF"
                    "ftyp",
                    8),
        std::string("RIFF\x04\0\0\0WAVEfmt ", 16)}) {
    const Result<Photo> photo = DecodePhoto(FromText(text));
    ASSERT_FALSE(photo) << text;
    EXPECT_EQ(photo.error().code, Code::kInvalidArgument);
    EXPECT_THAT(photo.error().message, HasSubstr("JPEG, PNG, WebP, GIF, HEIC and AVIF"));
    EXPECT_FALSE(ReadPhotoInfo(FromText(text)));
  }
}

TEST_F(DecodeRefusal, RefusesSignaturesWithNothingBehind) {
  for (const std::string& text : {std::string("\xFF\xD8\xFF\xE0"), std::string("\x89PNG\r\n\x1A\n"),
                                  std::string("GIF89a"), std::string("RIFF\x04\0\0\0WEBP", 12),
                                  std::string("\0\0\0\x18"
                                              "ftypheic\0\0\0\0mif1heic",
                                              24),
                                  std::string("\0\0\0\x18"
                                              "ftypavif\0\0\0\0mif1avif",
                                              24)}) {
    const Result<Photo> photo = DecodePhoto(FromText(text));
    ASSERT_FALSE(photo) << text;
    EXPECT_EQ(photo.error().code, Code::kInvalidArgument);
    EXPECT_THAT(photo.error().message, HasSubstr("damaged or cut off"));
  }
}

class DecodeCutOff : public ::testing::TestWithParam<const char*> {};

TEST_P(DecodeCutOff, IsAnErrorAtEveryLength) {
  const Bytes whole = Store(Noise(120, 90), {.suffix = GetParam()});
  ASSERT_TRUE(DecodePhoto(whole));
  for (const int percent : {1, 10, 50, 90}) {
    const Bytes cut(whole.begin(),
                    whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * percent / 100));
    const Result<Photo> photo = DecodePhoto(cut);
    ASSERT_FALSE(photo) << percent << " % of " << whole.size() << " bytes";
    EXPECT_EQ(photo.error().code, Code::kInvalidArgument) << photo.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DecodeCutOff,
                         ::testing::Values(".jpg", ".jpg[interlace]", ".png", ".png[interlace]",
                                           ".webp", ".gif", ".heic", ".avif[effort=0]"));

TEST_F(DecodeRefusal, TakesAJpegWithBytesBehindItsEnd) {
  Bytes bytes = Store(Quarters(64, 48), {.suffix = ".jpg"});
  const Bytes trailer = FromText(std::string(5000, '\x5A'));  // as phones append
  bytes.insert(bytes.end(), trailer.begin(), trailer.end());
  EXPECT_TRUE(DecodePhoto(bytes));
}

TEST_F(DecodeRefusal, RefusesAPixelBombByItsHeader) {
  const Bytes bomb = testing::HollowPng(50'000, 50'000);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const Result<Photo> photo = DecodePhoto(bomb);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kResourceExhausted);
  EXPECT_THAT(photo.error().message, HasSubstr("50000 x 50000 = 2500000000 pixels"));
  EXPECT_THAT(photo.error().message, HasSubstr("100000000"));
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 << 10) << "KiB of memory for a refusal";
  EXPECT_EQ(ReadPhotoInfo(bomb).error().code, Code::kResourceExhausted);
}

TEST_F(DecodeRefusal, RefusesBeyondTheLimitOfPixels) {
  const Bytes bytes = Store(Quarters(64, 48), {.suffix = ".jpg"});
  EXPECT_TRUE(DecodePhoto(bytes, {.limits = {.pixels_max = 64 * 48}}));
  const Result<Photo> photo = DecodePhoto(bytes, {.limits = {.pixels_max = 64 * 48 - 1}});
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kResourceExhausted);
}

TEST_F(DecodeRefusal, RefusesBeyondTheLimitOfBytes) {
  const Bytes bytes(200U << 20);  // even before its format is looked at
  const Result<Photo> photo = DecodePhoto(bytes);
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kResourceExhausted);
  EXPECT_THAT(photo.error().message, HasSubstr("209715200 bytes, the limit is 33554432"));
}

TEST_F(DecodeRefusal, RefusesBeyondTheLimitOfFrames) {
  const Bytes bytes =
      StoreAnimation(8, 8, std::vector<Rgb>{{1, 2, 3}, {200, 2, 3}, {9, 200, 9}}, ".gif");
  EXPECT_TRUE(DecodePhoto(bytes, {.limits = {.frames_max = 3}}));
  const Result<Photo> photo = DecodePhoto(bytes, {.limits = {.frames_max = 2}});
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kResourceExhausted);
  EXPECT_THAT(photo.error().message, HasSubstr("3 frames, the limit is 2"));
}

TEST_F(DecodeRefusal, GivesUpAtTheDeadline) {
  const Bytes bytes = Store(Noise(300, 300), {.suffix = ".png"});
  const Result<Photo> photo = DecodePhoto(bytes, {.limits = {.decode_ms_max = 0}});
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, Code::kDeadlineExceeded);
}

TEST_F(DecodeRefusal, SurvivesFlippedBytes) {
  std::uint32_t state = 7;
  for (const char* suffix : {".jpg", ".png", ".webp", ".gif", ".heic", ".avif[effort=0]"}) {
    const Bytes whole = Store(Noise(60, 40), {.suffix = suffix});
    for (int n = 0; n < 60; ++n) {
      Bytes bytes = whole;
      for (int flip = 0; flip < 4; ++flip) {
        state = state * 1664525 + 1013904223;
        bytes[(state >> 8) % bytes.size()] ^= static_cast<std::byte>(1 + state % 255);
      }
      const Result<Photo> photo = DecodePhoto(bytes);  // a picture or an error, never a crash
      if (!photo) {
        EXPECT_FALSE(photo.error().message.empty());
      }
    }
  }
}

}  // namespace
}  // namespace snapshelf
