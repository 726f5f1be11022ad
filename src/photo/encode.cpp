#include "photo/encode.h"

#include <fmt/format.h>
#include <vips/vips.h>

#include <memory>

#include "base/check.h"

namespace snapshelf {
namespace {

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};

/// `image` as libvips sees it, sharing its pixels; null if it has none.
std::unique_ptr<VipsImage, Unref> Wrap(const Image& image) {
  std::unique_ptr<VipsImage, Unref> wrapped(vips_image_new_from_memory(
      image.pixels.data(), image.pixels.size(), image.width, image.height, 3, VIPS_FORMAT_UCHAR));
  if (wrapped) wrapped->Type = VIPS_INTERPRETATION_sRGB;
  return wrapped;
}

/// Takes over what an encoder of libvips wrote, or its failure.
Result<std::vector<std::byte>> Finish(int status, void* data, std::size_t size, const Image& image,
                                      const char* format) {
  if (status != 0) {
    vips_error_clear();  // one text for the whole process: other threads' messages mix in
    return Fail(Code::kInvalidArgument, fmt::format("a picture of {} x {} cannot be written as {}",
                                                    image.width, image.height, format));
  }
  const std::unique_ptr<void, void (*)(void*)> owner(data, g_free);
  const auto* const bytes = static_cast<const std::byte*>(data);
  return std::vector<std::byte>(bytes, bytes + size);
}

}  // namespace

Result<std::vector<std::byte>> EncodeJpeg(const Image& image, int quality) {
  SNAPSHELF_CHECK(quality >= 1 && quality <= 100);
  const auto wrapped = Wrap(image);
  void* data = nullptr;
  std::size_t size = 0;
  const int status = wrapped ? vips_jpegsave_buffer(wrapped.get(), &data, &size, "Q", quality,
                                                    "strip", TRUE, nullptr)
                             : -1;
  return Finish(status, data, size, image, "JPEG");
}

Result<std::vector<std::byte>> EncodeWebp(const Image& image, int quality) {
  SNAPSHELF_CHECK(quality >= 1 && quality <= 100);
  const auto wrapped = Wrap(image);
  void* data = nullptr;
  std::size_t size = 0;
  const int status = wrapped ? vips_webpsave_buffer(wrapped.get(), &data, &size, "Q", quality,
                                                    "strip", TRUE, nullptr)
                             : -1;
  return Finish(status, data, size, image, "WebP");
}

}  // namespace snapshelf
