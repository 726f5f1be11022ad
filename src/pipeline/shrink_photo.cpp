#include "pipeline/shrink_photo.h"

#include "photo/encode.h"

namespace snapshelf {

Result<std::vector<std::byte>> ShrinkPhoto(std::span<const std::byte> bytes,
                                           const PhotoLimits& limits) {
  const auto photo = DecodePhoto(bytes, {.limits = limits});
  if (!photo) return std::unexpected(photo.error());
  return EncodeJpeg(photo->image);
}

}  // namespace snapshelf
