#include "rerank/feature_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/crc32c.h"

namespace snapshelf {
namespace {

static_assert(std::endian::native == std::endian::little, "records are read as they lie in memory");

constexpr std::uint32_t kMagic = 0x464C5353;  // "SSLF"
constexpr std::uint32_t kVersion = 1;

struct Header {
  std::uint32_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t keypoints = 0;
  float region[4] = {};  // x, y, width, height
};
static_assert(sizeof(Header) == 28);

struct PackedKeypoint {
  std::uint16_t x = 0;  // share of the region's width, 0 .. 65,535
  std::uint16_t y = 0;
  std::uint8_t size = 0;   // logarithm of the share of the region's longest side
  std::uint8_t angle = 0;  // 256ths of a turn
};
static_assert(sizeof(PackedKeypoint) == 6);

constexpr std::size_t kKeypointBytes = sizeof(PackedKeypoint) + kDescriptorSize;
constexpr std::size_t kFrameBytes = sizeof(Header) + sizeof(std::uint32_t);
static_assert(kFrameBytes + kRecordKeypointsMax * kKeypointBytes == kRecordBytesMax);

// Sizes between 1/1024 of the region and all of it in 255 steps of 2.8 %.
constexpr float kSizeOctaves = 10;

std::uint8_t PackSize(float share) {
  const float octaves = std::log2(std::clamp(share, 1.0F / 1024, 1.0F)) + kSizeOctaves;
  return static_cast<std::uint8_t>(std::lround(octaves / kSizeOctaves * 255));
}

float UnpackSize(std::uint8_t packed) {
  return std::exp2(static_cast<float>(packed) / 255 * kSizeOctaves - kSizeOctaves);
}

std::uint16_t PackShare(float share) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(share, 0.0F, 1.0F) * 65'535));
}

PackedKeypoint Pack(const Keypoint& keypoint, const Box& region) {
  const float turns = keypoint.angle / 360;
  const auto angle = std::lround((turns - std::floor(turns)) * 256);
  return {.x = PackShare((keypoint.x - region.x) / region.width),
          .y = PackShare((keypoint.y - region.y) / region.height),
          .size = PackSize(keypoint.size / std::max(region.width, region.height)),
          .angle = static_cast<std::uint8_t>(angle & 255)};
}

Keypoint Unpack(const PackedKeypoint& packed, const Box& region) {
  return {.x = region.x + static_cast<float>(packed.x) / 65'535 * region.width,
          .y = region.y + static_cast<float>(packed.y) / 65'535 * region.height,
          .size = UnpackSize(packed.size) * std::max(region.width, region.height),
          .angle = static_cast<float>(packed.angle) * 360 / 256};
}

std::uint32_t Checksum(std::span<const std::byte> bytes) {
  return Crc32c(bytes.first(bytes.size() - sizeof(std::uint32_t)));
}

Status CheckRegion(const float (&region)[4], bool has_keypoints) {
  constexpr float kSideMax = 1e6F;  // beyond any picture
  for (const float value : region)
    if (!(value >= 0 && value <= kSideMax))
      return Fail(Code::kCorruption, fmt::format("local features: region with {}", value));
  if (has_keypoints && (region[2] < 1 || region[3] < 1))
    return Fail(Code::kCorruption, "local features: keypoints in an empty region");
  return {};
}

Result<Header> ReadHeader(std::span<const std::byte> bytes) {
  Header header;
  if (bytes.size() < kFrameBytes)
    return Fail(Code::kCorruption, fmt::format("local features: only {} bytes", bytes.size()));
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::uint32_t stored = 0;
  std::memcpy(&stored, bytes.data() + bytes.size() - sizeof(stored), sizeof(stored));
  if (header.magic != kMagic)
    return Fail(Code::kCorruption, fmt::format("local features: magic {:#010x}", header.magic));
  if (const std::uint32_t actual = Checksum(bytes); actual != stored)
    return Fail(Code::kCorruption,
                fmt::format("local features: crc {:#010x}, expected {:#010x}", actual, stored));
  if (header.version > kVersion)
    return Fail(Code::kUnimplemented,
                fmt::format("local features: version {} is newer than this program knows ({})",
                            header.version, kVersion));
  if (header.version == 0 || header.keypoints > kRecordKeypointsMax ||
      bytes.size() != kFrameBytes + header.keypoints * kKeypointBytes)
    return Fail(Code::kCorruption,
                fmt::format("local features: version {}, {} keypoints in {} bytes", header.version,
                            header.keypoints, bytes.size()));
  SNAPSHELF_RETURN_IF_ERROR(CheckRegion(header.region, header.keypoints > 0));
  return header;
}

}  // namespace

std::vector<std::byte> WriteFeatureRecord(const LocalFeatures& features) {
  const std::size_t count = std::min(features.keypoints.size(), kRecordKeypointsMax);
  SNAPSHELF_CHECK(features.descriptors.size() == features.keypoints.size() * kDescriptorSize);
  const Box& region = features.region;
  const Header header{.keypoints = static_cast<std::uint32_t>(count),
                      .region = {region.x, region.y, region.width, region.height}};
  SNAPSHELF_CHECK(CheckRegion(header.region, count > 0).has_value());

  std::vector<std::byte> bytes(kFrameBytes + count * kKeypointBytes);
  std::byte* next = bytes.data();
  const auto append = [&next](const void* from, std::size_t size) {
    std::memcpy(next, from, size);
    next += size;
  };
  append(&header, sizeof(header));
  for (std::size_t i = 0; i < count; ++i) {
    const PackedKeypoint packed = Pack(features.keypoints[i], region);
    append(&packed, sizeof(packed));
  }
  if (count > 0) append(features.descriptors.data(), count * kDescriptorSize);
  const std::uint32_t crc = Checksum(bytes);
  append(&crc, sizeof(crc));
  return bytes;
}

Result<LocalFeatures> ReadFeatureRecord(std::span<const std::byte> bytes) {
  const auto header = ReadHeader(bytes);
  if (!header) return std::unexpected(header.error());
  LocalFeatures features;
  const auto& region = header->region;
  features.region = {.x = region[0], .y = region[1], .width = region[2], .height = region[3]};
  const std::byte* next = bytes.data() + sizeof(Header);
  for (std::uint32_t i = 0; i < header->keypoints; ++i) {
    PackedKeypoint packed;
    std::memcpy(&packed, next, sizeof(packed));
    next += sizeof(packed);
    features.keypoints.push_back(Unpack(packed, features.region));
  }
  features.descriptors.resize(header->keypoints * kDescriptorSize);
  if (!features.descriptors.empty())
    std::memcpy(features.descriptors.data(), next, features.descriptors.size());
  if (std::ranges::any_of(features.descriptors, [](std::int8_t value) { return value < 0; }))
    return Fail(Code::kCorruption, "local features: a descriptor with a negative value");
  return features;
}

}  // namespace snapshelf
