#include <gtest/gtest.h>

#include <algorithm>

#include "photo/colour_profile.h"
#include "photo/decode.h"
#include "photo/test_pictures.h"

namespace snapshelf {
namespace {

using testing::At;
using testing::Bytes;
using testing::Distance;
using testing::Paint;
using testing::Rgb;
using testing::Storage;
using testing::Store;

/// The middle of a one-coloured picture after storing and decoding it.
Rgb RoundTrip(const Rgb& colour, const Storage& storage, int longest_side_max = 0) {
  const Image image = Paint(80, 60, [&](int, int) { return colour; });
  const Result<Photo> photo =
      DecodePhoto(Store(image, storage), {.limits = {}, .longest_side_max = longest_side_max});
  if (!photo) {
    ADD_FAILURE() << storage.suffix << ": " << photo.error().message;
    return {};
  }
  EXPECT_EQ(photo->image.pixels.size(),
            3 * static_cast<std::size_t>(photo->image.width) * photo->image.height);
  return At(photo->image, photo->image.width / 2, photo->image.height / 2);
}

TEST(DecodeColour, GreyBecomesThreeEqualChannels) {
  const Rgb grey = {100, 100, 100};
  for (const char* suffix : {".jpg[Q=95]", ".png"}) {
    EXPECT_LE(Distance(RoundTrip(grey, {.suffix = suffix, .bands = 1}), grey), 2) << suffix;
  }
}

TEST(DecodeColour, SixteenBitsBecomeEight) {
  const Rgb colour = {200, 100, 50};
  EXPECT_LE(Distance(RoundTrip(colour, {.deep = true}), colour), 1);
  EXPECT_LE(Distance(RoundTrip({90, 90, 90}, {.bands = 1, .deep = true}), {90, 90, 90}), 1);
}

TEST(DecodeColour, AlphaIsComposedOnWhite) {
  const Rgb blue = {0, 0, 255};
  EXPECT_EQ(RoundTrip(blue, {.bands = 4, .alpha = 0}), (Rgb{255, 255, 255}));
  EXPECT_EQ(RoundTrip(blue, {.bands = 4, .alpha = 255}), blue);
  EXPECT_LE(Distance(RoundTrip(blue, {.bands = 4, .alpha = 128}), {127, 127, 255}), 1);
  EXPECT_LE(Distance(RoundTrip(blue, {.bands = 4, .alpha = 128}, 40), {127, 127, 255}), 1);
  EXPECT_LE(Distance(RoundTrip(blue, {.suffix = ".webp[lossless]", .bands = 4, .alpha = 128}),
                     {127, 127, 255}),
            1);
}

TEST(DecodeColour, AlphaOfGreyAndOfSixteenBitsIsComposedOnWhite) {
  const Rgb black = {0, 0, 0};
  EXPECT_LE(Distance(RoundTrip(black, {.bands = 2, .alpha = 128}), {127, 127, 127}), 1);
  EXPECT_EQ(RoundTrip(black, {.bands = 2, .alpha = 0}), (Rgb{255, 255, 255}));
  EXPECT_LE(
      Distance(RoundTrip({0, 0, 255}, {.bands = 4, .alpha = 128, .deep = true}), {127, 127, 255}),
      2);
}

TEST(DecodeColour, CmykBecomesSrgb) {
  const Rgb orange = {220, 130, 60};  // within the range of ink
  EXPECT_LE(Distance(RoundTrip(orange, {.suffix = ".jpg[Q=98]", .cmyk = true}), orange), 12);
  EXPECT_LE(Distance(RoundTrip(orange, {.suffix = ".jpg[Q=98,strip]", .cmyk = true}), orange), 12);
  EXPECT_LE(Distance(RoundTrip(orange, {.suffix = ".jpg[Q=98]", .cmyk = true}, 20), orange), 12);
}

TEST(DecodeColour, AWideGamutProfileIsConvertedToSrgb) {
  const Rgb colour = {200, 90, 60};
  const Bytes raw = Store(Paint(8, 8, [&](int, int) { return colour; }),
                          {.suffix = ".png[strip]", .profile = "p3"});
  const Rgb unmarked = At(DecodePhoto(raw)->image, 4, 4);
  EXPECT_GT(Distance(unmarked, colour), 8) << "the numbers of the two colour spaces should differ";
  EXPECT_LE(Distance(RoundTrip(colour, {.suffix = ".png", .profile = "p3"}), colour), 2);
  EXPECT_LE(Distance(RoundTrip(colour, {.suffix = ".jpg[Q=98]", .profile = "p3"}), colour), 4);
}

TEST(DecodeColour, AnSrgbProfileChangesNothing) {
  const Rgb colour = {200, 90, 60};
  EXPECT_EQ(RoundTrip(colour, {.suffix = ".png", .profile = "srgb"}), colour);
}

TEST(DecodeColour, ABrokenProfileIsNotReadBeyondItsEnd) {
  EXPECT_FALSE(IsSrgbProfile({}));
  Bytes profile(132 + 12, std::byte{0});
  EXPECT_FALSE(IsSrgbProfile(profile));
  for (std::size_t at = 128; at < profile.size(); ++at) profile[at] = std::byte{0xFF};
  EXPECT_FALSE(IsSrgbProfile(profile));  // four billion tags
  const Bytes tag = testing::FromText("desc");
  std::ranges::copy(tag, profile.begin() + 132);
  EXPECT_FALSE(IsSrgbProfile(profile));  // at four billion
}

}  // namespace
}  // namespace snapshelf
