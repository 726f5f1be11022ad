#include "photo/decode.h"

#include <fmt/format.h>
#include <vips/vips.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "photo/colour_profile.h"
#include "photo/format.h"

namespace snapshelf {
namespace {

using Clock = std::chrono::steady_clock;

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using VipsRef = std::unique_ptr<VipsImage, Unref>;

/// One step of a libvips pipeline: `out` as the operation left it, or null if it failed. By
/// reference, since the operation may be another argument of the same call.
VipsRef Take(int status, VipsImage* const& out) {
  return VipsRef(status == 0 ? out : nullptr);
}

/// The failure of a codec. libvips keeps one error text for the whole process, in which the
/// messages of photos decoded side by side mix: it is emptied, not quoted.
std::unexpected<Error> Damaged(PictureFormat format) {
  vips_error_clear();
  return Fail(
      Code::kInvalidArgument,
      fmt::format("the {} cannot be decoded: it is damaged or cut off", FormatName(format)));
}

/// What the header says, checked against the limits, and the picture behind it, not yet decoded.
struct Header {
  PictureFormat format = PictureFormat::kJpeg;
  VipsRef image;
  int orientation = 1;  ///< EXIF, 1 .. 8
};

/// Opens a picture without decoding it. `jpeg_shrink` 1, 2, 4 or 8 makes the JPEG decoder itself
/// give a smaller picture, for a fraction of the time.
VipsRef Open(std::span<const std::byte> bytes, PictureFormat format, int jpeg_shrink = 1) {
  void* const data = const_cast<std::byte*>(bytes.data());  // libvips' C interface; only read
  const std::size_t size = bytes.size();
  VipsImage* out = nullptr;
  int status = -1;
  switch (format) {
    case PictureFormat::kJpeg:
      status =
          vips_jpegload_buffer(data, size, &out, "shrink", jpeg_shrink, "access",
                               VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
      break;
    case PictureFormat::kPng:
      status = vips_pngload_buffer(data, size, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                   VIPS_FAIL_ON_TRUNCATED, nullptr);
      break;
    case PictureFormat::kWebp:
      status = vips_webpload_buffer(data, size, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                    VIPS_FAIL_ON_TRUNCATED, nullptr);
      break;
    case PictureFormat::kGif:
      status = vips_gifload_buffer(data, size, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                   VIPS_FAIL_ON_TRUNCATED, nullptr);
      break;
    case PictureFormat::kHeic:
    case PictureFormat::kAvif:
      status = vips_heifload_buffer(data, size, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                    VIPS_FAIL_ON_TRUNCATED, nullptr);
      break;
  }
  return Take(status, out);
}

Result<Header> ReadHeader(std::span<const std::byte> bytes, const PhotoLimits& limits) {
  if (bytes.empty()) return Fail(Code::kInvalidArgument, "the picture is empty (0 bytes)");
  if (static_cast<std::int64_t>(bytes.size()) > limits.bytes_max) {
    return Fail(Code::kResourceExhausted, fmt::format("the picture has {} bytes, the limit is {}",
                                                      bytes.size(), limits.bytes_max));
  }
  const std::optional<PictureFormat> format = SniffFormat(bytes);
  if (!format) {
    return Fail(Code::kInvalidArgument,
                "not a picture of a known format: JPEG, PNG, WebP, GIF, HEIC and AVIF are taken");
  }
  Header header{.format = *format, .image = Open(bytes, *format)};
  if (!header.image) return Damaged(*format);
  const VipsImage* image = header.image.get();
  const std::int64_t pixels = std::int64_t{image->Xsize} * image->Ysize;
  if (pixels > limits.pixels_max) {
    return Fail(Code::kResourceExhausted,
                fmt::format("the picture has {} x {} = {} pixels, the limit is {}", image->Xsize,
                            image->Ysize, pixels, limits.pixels_max));
  }
  const int frames = vips_image_get_n_pages(header.image.get());
  if (frames > limits.frames_max) {
    return Fail(
        Code::kResourceExhausted,
        fmt::format("the animation has {} frames, the limit is {}", frames, limits.frames_max));
  }
  header.orientation = vips_image_get_orientation(header.image.get());
  return header;
}

/// The largest of 1, 2, 4, 8 by which the JPEG decoder may shrink without going below the wish.
int JpegShrink(int longest_side, int longest_side_max) {
  if (longest_side_max <= 0) return 1;
  for (const int shrink : {8, 4, 2}) {
    if (longest_side / shrink >= longest_side_max) return shrink;
  }
  return 1;
}

VipsRef ComposeOnWhite(VipsRef image) {
  if (!vips_image_hasalpha(image.get())) return image;
  const bool deep = image->BandFmt == VIPS_FORMAT_USHORT;
  const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> white(
      vips_array_double_newv(1, deep ? 65535.0 : 255.0),
      [](VipsArrayDouble* array) { vips_area_unref(VIPS_AREA(array)); });
  VipsImage* out = nullptr;
  return Take(vips_flatten(image.get(), &out, "background", white.get(), nullptr), out);
}

/// Shrinks to the wished longest side, with the triangle filter that models are trained with.
VipsRef Shrink(VipsRef image, int original_width, int original_height, int longest_side_max) {
  const int longest = std::max(original_width, original_height);
  if (longest_side_max <= 0 || longest <= longest_side_max) return image;
  const double scale = static_cast<double>(longest_side_max) / longest;
  const double width = std::max(1.0, std::round(original_width * scale));
  const double height = std::max(1.0, std::round(original_height * scale));
  VipsImage* out = nullptr;
  const int status = vips_resize(image.get(), &out, width / image->Xsize, "vscale",
                                 height / image->Ysize, "kernel", VIPS_KERNEL_LINEAR, nullptr);
  return Take(status, out);
}

VipsRef ToSrgb(VipsRef image) {
  VipsImage* out = nullptr;
  const void* profile = nullptr;
  std::size_t profile_size = 0;
  const bool has_profile =
      vips_image_get_typeof(image.get(), VIPS_META_ICC_NAME) != 0 &&
      vips_image_get_blob(image.get(), VIPS_META_ICC_NAME, &profile, &profile_size) == 0 &&
      vips_icc_is_compatible_profile(image.get(), profile, profile_size) &&
      !IsSrgbProfile({static_cast<const std::byte*>(profile), profile_size});
  if (has_profile) {
    image = Take(vips_icc_transform(image.get(), &out, "srgb", "embedded", TRUE, "depth", 8,
                                    "intent", VIPS_INTENT_RELATIVE, nullptr),
                 out);
  } else if (image->Type != VIPS_INTERPRETATION_sRGB || image->BandFmt != VIPS_FORMAT_UCHAR) {
    image = Take(vips_colourspace(image.get(), &out, VIPS_INTERPRETATION_sRGB, nullptr), out);
  }
  if (!image || image->BandFmt == VIPS_FORMAT_UCHAR) return image;
  return Take(vips_cast(image.get(), &out, VIPS_FORMAT_UCHAR, nullptr), out);
}

/// Where the pixel (x, y) of a stored picture belongs in the upright one: byte origin + x * step_x
/// + y * step_y.
struct Placement {
  std::ptrdiff_t origin = 0;
  std::ptrdiff_t step_x = 3;
  std::ptrdiff_t step_y = 0;
};

/// `orientation` as EXIF counts: 2, 4 mirrored; 3 upside down; 6, 8 lying on a side; 5, 7 both.
Placement PlaceUpright(int orientation, int width, int height) {
  const bool swap = orientation >= 5;
  const std::ptrdiff_t row = 3 * static_cast<std::ptrdiff_t>(swap ? height : width);
  // Which of the stored axes run backwards in the upright picture.
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Placement place{.origin = 0, .step_x = swap ? row : 3, .step_y = swap ? 3 : row};
  if (mirror_x) {
    place.origin += (width - 1) * place.step_x;
    place.step_x = -place.step_x;
  }
  if (mirror_y) {
    place.origin += (height - 1) * place.step_y;
    place.step_y = -place.step_y;
  }
  return place;
}

void CopyStrip(const VipsRegion* region, const Placement& place, std::uint8_t* pixels) {
  const VipsRect& strip = region->valid;
  auto* const from = VIPS_REGION_ADDR_TOPLEFT(region);
  const std::ptrdiff_t stride = VIPS_REGION_LSKIP(region);
  std::uint8_t* const to = pixels + place.origin + strip.top * place.step_y;
  if (place.step_x == 3) {
    for (int y = 0; y < strip.height; ++y) {
      std::memcpy(to + y * place.step_y, from + y * stride,
                  3 * static_cast<std::size_t>(strip.width));
    }
    return;
  }
  for (int x = 0; x < strip.width; ++x) {  // down the strip: upright neighbours when rotated
    for (int y = 0; y < strip.height; ++y) {
      std::memcpy(to + x * place.step_x + y * place.step_y,
                  from + y * stride + std::ptrdiff_t{3} * x, 3);
    }
  }
}

/// Runs the pipeline strip by strip on this thread, so that a slow picture can be given up between
/// two strips and a large one never needs more memory than its shrunk pixels.
Result<Image> Run(VipsImage* pipeline, const Header& header, Clock::time_point deadline,
                  int ms_max) {
  constexpr int kStripRows = 64;
  const bool swap = header.orientation >= 5;
  Image image{.width = swap ? pipeline->Ysize : pipeline->Xsize,
              .height = swap ? pipeline->Xsize : pipeline->Ysize,
              .pixels = {}};
  image.pixels.resize(3 * static_cast<std::size_t>(image.width) * image.height);
  const Placement place = PlaceUpright(header.orientation, pipeline->Xsize, pipeline->Ysize);
  const std::unique_ptr<VipsRegion, void (*)(VipsRegion*)> region(
      vips_region_new(pipeline), [](VipsRegion* r) { g_object_unref(r); });
  for (int top = 0; top < pipeline->Ysize; top += kStripRows) {
    const VipsRect strip = {.left = 0,
                            .top = top,
                            .width = pipeline->Xsize,
                            .height = std::min(kStripRows, pipeline->Ysize - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) return Damaged(header.format);
    CopyStrip(region.get(), place, image.pixels.data());
    if (Clock::now() > deadline) {
      return Fail(Code::kDeadlineExceeded,
                  fmt::format("decoding the picture took longer than {} ms", ms_max));
    }
  }
  return image;
}

}  // namespace

Status InitPhoto(const char* program_name, int threads) {
  if (VIPS_INIT(program_name) != 0) {
    return Fail(Code::kInternal, fmt::format("libvips does not start: {}", vips_error_buffer()));
  }
  vips_concurrency_set(threads);
  vips_cache_set_max(0);  // a cache of operations would hold on to the bytes of past photos
  // Oddities that a codec gets over (a broken EXIF entry) are no news for the user's terminal.
  g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, [](auto...) {}, nullptr);
  return {};
}

Result<Photo> DecodePhoto(std::span<const std::byte> bytes, const DecodeOptions& options) {
  const Clock::time_point deadline =
      Clock::now() + std::chrono::milliseconds(options.limits.decode_ms_max);
  Result<Header> header = ReadHeader(bytes, options.limits);
  if (!header) return std::unexpected(std::move(header).error());
  VipsRef image = std::move(header->image);
  const int width = image->Xsize;
  const int height = image->Ysize;
  const int shrink = JpegShrink(std::max(width, height), options.longest_side_max);
  if (header->format == PictureFormat::kJpeg && shrink > 1) {
    image = Open(bytes, header->format, shrink);
  }
  if (image) image = ComposeOnWhite(std::move(image));
  if (image) image = Shrink(std::move(image), width, height, options.longest_side_max);
  if (image) image = ToSrgb(std::move(image));
  if (!image || image->Bands != 3) return Damaged(header->format);
  Result<Image> upright = Run(image.get(), *header, deadline, options.limits.decode_ms_max);
  if (!upright) return std::unexpected(std::move(upright).error());
  const bool swap = header->orientation >= 5;
  return Photo{.image = *std::move(upright),
               .width = swap ? height : width,
               .height = swap ? width : height};
}

Result<PhotoInfo> ReadPhotoInfo(std::span<const std::byte> bytes, const PhotoLimits& limits) {
  const Result<Header> header = ReadHeader(bytes, limits);
  if (!header) return std::unexpected(header.error());
  const bool swap = header->orientation >= 5;
  const VipsImage* image = header->image.get();
  return PhotoInfo{.width = swap ? image->Ysize : image->Xsize,
                   .height = swap ? image->Xsize : image->Ysize,
                   .frames = vips_image_get_n_pages(header->image.get()),
                   .media_type = std::string(MediaType(header->format))};
}

}  // namespace snapshelf
