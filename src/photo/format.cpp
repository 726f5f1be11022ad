#include "photo/format.h"

#include <algorithm>
#include <array>

namespace snapshelf {
namespace {

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Contains(std::span<const std::string_view> brands, std::string_view brand) {
  return std::ranges::find(brands, brand) != brands.end();
}

/// HEIC and AVIF are ISO base media files: a box "ftyp" with a major brand (bytes 8 .. 12), a
/// version and a list of compatible brands. An AVIF may call itself "mif1" first, so that all
/// brands count.
std::optional<PictureFormat> SniffIsoMedia(std::string_view text) {
  constexpr std::array<std::string_view, 2> kAvifBrands = {"avif", "avis"};
  constexpr std::array<std::string_view, 8> kHeicBrands = {"heic", "heix", "heim", "heis",
                                                           "hevc", "hevx", "mif1", "msf1"};
  const std::size_t box_size =
      (static_cast<std::size_t>(static_cast<unsigned char>(text[2])) << 8) |
      static_cast<unsigned char>(text[3]);
  const std::size_t end = std::min(box_size, text.size());
  bool heic = false;
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    const std::string_view brand = text.substr(at, 4);
    if (Contains(kAvifBrands, brand)) return PictureFormat::kAvif;
    heic = heic || Contains(kHeicBrands, brand);
  }
  if (heic) return PictureFormat::kHeic;
  return std::nullopt;
}

}  // namespace

std::optional<PictureFormat> SniffFormat(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  const std::string_view text = Text(bytes);
  if (text.starts_with("\xFF\xD8\xFF"sv)) return PictureFormat::kJpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n"sv)) return PictureFormat::kPng;
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return PictureFormat::kGif;
  if (text.size() < 12) return std::nullopt;
  if (text.starts_with("RIFF"sv) && text.substr(8, 4) == "WEBP"sv) return PictureFormat::kWebp;
  if (text.substr(4, 4) == "ftyp"sv) return SniffIsoMedia(text);
  return std::nullopt;
}

std::string_view FormatName(PictureFormat format) {
  constexpr std::array<std::string_view, 6> kNames = {"JPEG", "PNG", "WebP", "GIF", "HEIC", "AVIF"};
  return kNames.at(static_cast<std::size_t>(format));
}

std::string_view MediaType(PictureFormat format) {
  constexpr std::array<std::string_view, 6> kTypes = {"image/jpeg", "image/png",  "image/webp",
                                                      "image/gif",  "image/heic", "image/avif"};
  return kTypes.at(static_cast<std::size_t>(format));
}

}  // namespace snapshelf
