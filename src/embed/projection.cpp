#include "embed/projection.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <system_error>

#include "base/check.h"
#include "base/crc32c.h"

namespace snapshelf {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is read as it lies in memory");

constexpr std::string_view kMagic = "SNAPPROJ";
constexpr std::uint32_t kVersion = 1;
// Beyond any network's output; keeps a damaged size from asking for memory.
constexpr std::uint32_t kSizeMax = 65'536;

struct Header {
  char magic[8] = {};
  std::uint32_t version = kVersion;
  std::uint32_t input_size = 0;
  std::uint32_t output_size = 0;
};
static_assert(sizeof(Header) == 20);

template <class T>
void Append(std::string& bytes, const T* values, std::size_t count) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

std::uint32_t Checksum(std::string_view bytes) {
  return Crc32c(std::as_bytes(std::span(bytes)));
}

/// Checks everything about the file's bytes and gives its header.
Result<Header> ReadHeader(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof(Header) || !bytes.starts_with(kMagic))
    return Fail(Code::kCorruption, "not a projection file");
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.version > kVersion)
    return Fail(
        Code::kUnimplemented,
        fmt::format("version {} is newer than this program knows ({})", header.version, kVersion));
  if (header.version == 0 || header.input_size == 0 || header.input_size > kSizeMax ||
      header.output_size == 0 || header.output_size > kSizeMax)
    return Fail(Code::kCorruption,
                fmt::format("version {} with sizes {} -> {} is not possible", header.version,
                            header.input_size, header.output_size));
  const std::size_t floats = header.input_size * (std::size_t{header.output_size} + 1);
  const std::size_t size = sizeof(Header) + floats * sizeof(float) + sizeof(std::uint32_t);
  if (bytes.size() != size)
    return Fail(Code::kCorruption, fmt::format("{} bytes, expected {}", bytes.size(), size));
  std::uint32_t stored = 0;
  std::memcpy(&stored, bytes.data() + size - sizeof(stored), sizeof(stored));
  const std::uint32_t actual = Checksum(bytes.substr(0, size - sizeof(stored)));
  if (actual != stored)
    return Fail(Code::kCorruption, fmt::format("crc {:#010x}, expected {:#010x}", actual, stored));
  return header;
}

}  // namespace

void Projection::Apply(std::span<const float> input, std::span<float> output) const {
  SNAPSHELF_CHECK(std::cmp_equal(input.size(), input_size));
  SNAPSHELF_CHECK(std::cmp_equal(output.size(), output_size));
  const float norm = std::sqrt(std::inner_product(input.begin(), input.end(), input.begin(), 0.0F));
  std::vector<float> centred(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) centred[i] = input[i] / norm - mean[i];
  float squares = 0;
  for (std::size_t row = 0; row < output.size(); ++row) {
    output[row] = std::inner_product(centred.begin(), centred.end(),
                                     matrix.begin() + row * input.size(), 0.0F);
    squares += output[row] * output[row];
  }
  if (squares > 0)
    for (float& value : output) value /= std::sqrt(squares);
}

Result<Projection> ReadProjection(const std::filesystem::path& path) {
  const std::string where = fmt::format("projection {}", path.string());
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Code::kNotFound, where + ": cannot be opened");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return Fail(Code::kIoError, where + ": cannot be read");
  const auto header = ReadHeader(bytes);
  if (!header) return Annotate(where, header.error());

  Projection projection;
  projection.input_size = static_cast<int>(header->input_size);
  projection.output_size = static_cast<int>(header->output_size);
  projection.mean.resize(header->input_size);
  projection.matrix.resize(std::size_t{header->input_size} * header->output_size);
  const char* next = bytes.data() + sizeof(Header);
  std::memcpy(projection.mean.data(), next, projection.mean.size() * sizeof(float));
  next += projection.mean.size() * sizeof(float);
  std::memcpy(projection.matrix.data(), next, projection.matrix.size() * sizeof(float));
  return projection;
}

Status WriteProjection(const Projection& projection, const std::filesystem::path& path) {
  SNAPSHELF_CHECK(std::cmp_equal(projection.mean.size(), projection.input_size));
  SNAPSHELF_CHECK(std::cmp_equal(projection.matrix.size(),
                                 std::size_t(projection.input_size) * projection.output_size));
  Header header;
  kMagic.copy(header.magic, sizeof(header.magic));
  header.input_size = static_cast<std::uint32_t>(projection.input_size);
  header.output_size = static_cast<std::uint32_t>(projection.output_size);
  std::string bytes;
  Append(bytes, &header, 1);
  Append(bytes, projection.mean.data(), projection.mean.size());
  Append(bytes, projection.matrix.data(), projection.matrix.size());
  const std::uint32_t crc = Checksum(bytes);
  Append(bytes, &crc, 1);

  const std::filesystem::path temporary = path.string() + ".new";
  std::ofstream file(temporary, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (!file || error)
    return Fail(Code::kIoError, fmt::format("projection {}: cannot be written", path.string()));
  return {};
}

}  // namespace snapshelf
