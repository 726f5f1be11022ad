#include "photo/encode.h"

#include <gtest/gtest.h>

#include "photo/decode.h"
#include "photo/test_pictures.h"

namespace snapshelf {
namespace {

using testing::At;
using testing::Distance;
using testing::Quarters;

void ExpectReadable(const Result<std::vector<std::byte>>& bytes, const char* media_type) {
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(ReadPhotoInfo(*bytes)->media_type, media_type);
  const Result<Photo> photo = DecodePhoto(*bytes);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->image.width, 60);
  EXPECT_EQ(photo->image.height, 40);
  EXPECT_LE(Distance(At(photo->image, 15, 10), {255, 0, 0}), 12);
  EXPECT_LE(Distance(At(photo->image, 45, 30), {0, 0, 255}), 12);
}

TEST(Encode, WritesAJpegThatDecodesToTheSamePicture) {
  testing::StartPhoto();
  ExpectReadable(EncodeJpeg(Quarters(60, 40), 90), "image/jpeg");
}

TEST(Encode, WritesAWebpThatDecodesToTheSamePicture) {
  testing::StartPhoto();
  ExpectReadable(EncodeWebp(Quarters(60, 40), 90), "image/webp");
}

TEST(Encode, BetterQualityTakesMoreBytes) {
  testing::StartPhoto();
  const Image image = Quarters(61, 43);
  EXPECT_LT(EncodeJpeg(image, 20)->size(), EncodeJpeg(image, 95)->size());
  EXPECT_LT(EncodeWebp(image, 5)->size(), EncodeWebp(image, 100)->size());
}

TEST(Encode, RefusesAnEmptyPicture) {
  testing::StartPhoto();
  EXPECT_EQ(EncodeJpeg(Image{}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(EncodeWebp(Image{}).error().code, Code::kInvalidArgument);
}

TEST(Encode, RefusesAPictureLargerThanTheFormatHolds) {
  testing::StartPhoto();
  const Image wide = testing::Paint(16'400, 1, [](int, int) { return testing::Rgb{}; });
  EXPECT_EQ(EncodeWebp(wide).error().code, Code::kInvalidArgument);  // 14 bit a side
}

}  // namespace
}  // namespace snapshelf
