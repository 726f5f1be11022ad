#include "photo/colour_profile.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace snapshelf {
namespace {

// ICC.1:2022, 7.2 and 7.3: a header of 128 bytes, a count of tags, then 12 bytes a tag (signature,
// offset, size), all numbers big-endian.
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kTagBytes = 12;

std::uint32_t ReadBigEndian(std::string_view profile, std::size_t at) {
  std::uint32_t value = 0;
  for (const char byte : profile.substr(at, 4)) {
    value = (value << 8) | static_cast<unsigned char>(byte);
  }
  return value;
}

/// The bytes of the description tag; empty if the profile has none.
std::string_view Description(std::string_view profile) {
  if (profile.size() < kHeaderBytes + 4) return {};
  const std::size_t tags = std::min<std::size_t>(ReadBigEndian(profile, kHeaderBytes),
                                                 (profile.size() - kHeaderBytes - 4) / kTagBytes);
  for (std::size_t tag = 0; tag < tags; ++tag) {
    const std::size_t at = kHeaderBytes + 4 + tag * kTagBytes;
    if (profile.substr(at, 4) != "desc") continue;
    const std::size_t offset = ReadBigEndian(profile, at + 4);
    if (offset > profile.size()) return {};
    return profile.substr(offset, ReadBigEndian(profile, at + 8));
  }
  return {};
}

}  // namespace

bool IsSrgbProfile(std::span<const std::byte> profile) {
  std::string text(Description({reinterpret_cast<const char*>(profile.data()), profile.size()}));
  std::erase(text, '\0');  // version 4 profiles write UTF-16
  return text.find("sRGB") != std::string::npos;
}

}  // namespace snapshelf
