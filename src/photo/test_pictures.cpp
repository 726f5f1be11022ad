#include "photo/test_pictures.h"

#include <vips/vips.h>

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "photo/decode.h"

/// Read by LeakSanitizer: fontconfig keeps its parsed fonts for the life of the process, and the
/// HEVC encoder, which only these tests use, leaves some of its pools behind.
extern "C" const char* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libfontconfig\nleak:libx265\n";
}

namespace snapshelf::testing {
namespace {

/// Replaces `image` by what an operation of libvips makes of it.
template <class Operation>
void Apply(VipsImage*& image, Operation operation) {
  VipsImage* out = nullptr;
  SNAPSHELF_CHECK(operation(image, &out) == 0);
  g_object_unref(image);
  image = out;
}

VipsImage* Copy(const Image& image) {
  VipsImage* copy = vips_image_new_from_memory_copy(
      image.pixels.data(), image.pixels.size(), image.width, image.height, 3, VIPS_FORMAT_UCHAR);
  SNAPSHELF_CHECK(copy != nullptr);
  copy->Type = VIPS_INTERPRETATION_sRGB;
  return copy;
}

Bytes Write(VipsImage* image, const std::string& suffix) {
  void* data = nullptr;
  std::size_t size = 0;
  const bool written =
      vips_image_write_to_buffer(image, suffix.c_str(), &data, &size, nullptr) == 0;
  if (!written) std::fputs(vips_error_buffer(), stderr);
  SNAPSHELF_CHECK(written);
  const auto* const begin = static_cast<const std::byte*>(data);
  Bytes bytes(begin, begin + size);
  g_free(data);
  g_object_unref(image);
  return bytes;
}

void AppendNumber(Bytes& bytes, std::uint32_t number) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::byte>(number >> shift));
}

/// A PNG chunk with its CRC-32 (ISO 3309).
void AppendChunk(Bytes& bytes, const std::string& type, const Bytes& data) {
  AppendNumber(bytes, static_cast<std::uint32_t>(data.size()));
  Bytes body = FromText(type);
  body.insert(body.end(), data.begin(), data.end());
  std::uint32_t crc = ~0U;
  for (const std::byte byte : body) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  bytes.insert(bytes.end(), body.begin(), body.end());
  AppendNumber(bytes, ~crc);
}

}  // namespace

void StartPhoto() {
  static const bool started = InitPhoto("photo_test").has_value();
  SNAPSHELF_CHECK(started);
}

Image Paint(int width, int height, const std::function<Rgb(int, int)>& colour) {
  Image image{.width = width, .height = height, .pixels = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Rgb pixel = colour(x, y);
      image.pixels.insert(image.pixels.end(), pixel.begin(), pixel.end());
    }
  }
  return image;
}

Image Quarters(int width, int height) {
  return Paint(width, height, [=](int x, int y) -> Rgb {
    if (y < height / 2) return x < width / 2 ? Rgb{255, 0, 0} : Rgb{0, 255, 0};
    return x < width / 2 ? Rgb{255, 255, 0} : Rgb{0, 0, 255};
  });
}

Rgb At(const Image& image, int x, int y) {
  const std::uint8_t* pixel = &image.pixels.at(3 * (static_cast<std::size_t>(y) * image.width + x));
  return {pixel[0], pixel[1], pixel[2]};
}

int Distance(const Rgb& a, const Rgb& b) {
  int distance = 0;
  for (int c = 0; c < 3; ++c) distance = std::max(distance, std::abs(a[c] - b[c]));
  return distance;
}

Bytes Store(const Image& image, const Storage& storage) {
  StartPhoto();
  VipsImage* work = Copy(image);
  if (storage.bands <= 2) {
    Apply(work, [](VipsImage* in, VipsImage** out) {
      return vips_colourspace(in, out, VIPS_INTERPRETATION_B_W, nullptr);
    });
  }
  if (storage.bands % 2 == 0) {
    Apply(work, [&](VipsImage* in, VipsImage** out) {
      return vips_bandjoin_const1(in, out, storage.alpha, nullptr);
    });
  }
  if (storage.deep) {
    Apply(work, [&](VipsImage* in, VipsImage** out) {
      return vips_colourspace(
          in, out, storage.bands <= 2 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16,
          nullptr);
    });
  }
  if (storage.cmyk) {
    Apply(work, [](VipsImage* in, VipsImage** out) {
      return vips_colourspace(in, out, VIPS_INTERPRETATION_CMYK, nullptr);
    });
  }
  if (!storage.profile.empty()) {
    Apply(work, [&](VipsImage* in, VipsImage** out) {
      return vips_icc_transform(in, out, storage.profile.c_str(), "input_profile", "srgb", nullptr);
    });
  }
  if (storage.orientation != 1) {
    vips_image_set_int(work, VIPS_META_ORIENTATION, storage.orientation);
  }
  return Write(work, storage.suffix);
}

Bytes StoreAnimation(int width, int height, const std::vector<Rgb>& frames,
                     const std::string& suffix) {
  StartPhoto();
  const int count = static_cast<int>(frames.size());
  const Image film = Paint(width, height * count, [&](int, int y) { return frames[y / height]; });
  VipsImage* work = Copy(film);
  vips_image_set_int(work, VIPS_META_PAGE_HEIGHT, height);
  return Write(work, suffix);
}

Bytes HollowPng(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  Bytes header;
  AppendNumber(header, width);
  AppendNumber(header, height);
  const Bytes rest = FromText("\x01\x00\x00\x00\x00"s);  // 1 bit, grey
  header.insert(header.end(), rest.begin(), rest.end());
  Bytes png = FromText("\x89PNG\r\n\x1A\n");
  AppendChunk(png, "IHDR", header);
  AppendChunk(png, "IDAT", FromText("\x78\x9C\x63\x00\x00\x00\x01\x00\x01"s));
  AppendChunk(png, "IEND", {});
  return png;
}

Bytes FromText(const std::string& text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

}  // namespace snapshelf::testing
