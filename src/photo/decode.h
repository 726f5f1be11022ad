#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "photo/image.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What a photo may cost. Everything is checked before memory for pixels is taken.
struct PhotoLimits {
  std::int64_t bytes_max = 32LL << 20;    ///< of the encoded file
  std::int64_t pixels_max = 100'000'000;  ///< width * height of the original
  int frames_max = 1'000;                 ///< of an animation (only the first is decoded)
  /// Wall time of one decode, looked at every 64 rows; a codec that decodes in one step (HEIC,
  /// AVIF, WebP, progressive JPEG) is let finish that step first.
  int decode_ms_max = 10'000;
};

struct DecodeOptions {
  PhotoLimits limits;
  /// The decoded image is shrunk (while loading where the format can) until its longest side is at
  /// most this; 0 keeps the original size. Never enlarged.
  int longest_side_max = 1280;
};

/// Must be called once before any other function of this module, from the main thread; `threads` is
/// libvips' own concurrency per operation (1 is best when many photos are decoded side by side).
Status InitPhoto(const char* program_name, int threads = 1);

/// Decodes JPEG, PNG, WebP, GIF (first frame), HEIC and AVIF into an upright sRGB image: EXIF
/// rotation applied, colour profile (also CMYK, grey, 16 bit) converted, alpha composed on white.
///
/// errors:  kInvalidArgument when empty, not an image, damaged or truncated, or of a format that is
///          not taken;
///          kResourceExhausted beyond a limit (the message names the limit and the value);
///          kDeadlineExceeded beyond decode_ms_max.
/// memory:  the shrunk picture; the original is streamed through in strips, except by codecs that
///          decode in one step.
/// threads: safe; it works on the calling thread.
[[nodiscard]] Result<Photo> DecodePhoto(std::span<const std::byte> bytes,
                                        const DecodeOptions& options = {});

/// The upright size of an encoded picture, its format and its frames, from the header alone.
struct PhotoInfo {
  int width = 0;
  int height = 0;
  int frames = 1;
  std::string media_type;  ///< "image/jpeg", "image/png", "image/webp", "image/gif", "image/heic",
                           ///< "image/avif"
};
[[nodiscard]] Result<PhotoInfo> ReadPhotoInfo(std::span<const std::byte> bytes,
                                              const PhotoLimits& limits = {});

}  // namespace snapshelf
