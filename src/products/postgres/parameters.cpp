#include "products/postgres/parameters.h"

#include <utility>

#include "base/check.h"

namespace snapshelf::postgres {
namespace {

// Numbers of the types in pg_type; they never change.
constexpr unsigned kBytea = 17;
constexpr unsigned kInt8 = 20;
constexpr unsigned kText = 25;
constexpr unsigned kByteaArray = 1001;
constexpr unsigned kTextArray = 1009;
constexpr unsigned kInt8Array = 1016;

// number of dimensions, flags, type, length, lower bound
constexpr std::size_t kArrayHeaderBytes = 20;
constexpr std::size_t kLengthBytes = 4;

void AppendInteger(std::string& to, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    to.push_back(static_cast<char>((value >> shift) & 0xFF));
}

std::string Integer(std::int64_t value) {
  std::string bytes;
  AppendInteger(bytes, static_cast<std::uint64_t>(value), sizeof value);
  return bytes;
}

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What the array functions send: src/backend/utils/adt/arrayfuncs.c, array_send.
template <class Values, class AsBytes>
std::string Array(unsigned type, const Values& values, const AsBytes& as_bytes) {
  std::string bytes;
  AppendInteger(bytes, values.empty() ? 0 : 1, 4);
  AppendInteger(bytes, 0, 4);
  AppendInteger(bytes, type, 4);
  if (values.empty()) return bytes;
  AppendInteger(bytes, values.size(), 4);
  AppendInteger(bytes, 1, 4);
  for (const auto& value : values) {
    const auto element = as_bytes(value);
    AppendInteger(bytes, element.size(), 4);
    bytes.append(element);
  }
  return bytes;
}

}  // namespace

Parameters& Parameters::Append(unsigned type, std::string value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

Parameters& Parameters::Add(std::int64_t value) {
  return Append(kInt8, Integer(value));
}

Parameters& Parameters::Add(std::string_view value) {
  return Append(kText, std::string(value));
}

Parameters& Parameters::Add(std::span<const std::byte> value) {
  return Append(kBytea, std::string(AsText(value)));
}

Parameters& Parameters::Add(const std::vector<std::int64_t>& values) {
  return Append(kInt8Array, Array(kInt8, values, Integer));
}

Parameters& Parameters::Add(const std::vector<std::string>& values) {
  return Append(kTextArray, Array(kText, values,
                                  [](const std::string& text) { return std::string_view(text); }));
}

Parameters& Parameters::Add(const std::vector<std::vector<std::byte>>& values) {
  return Append(kByteaArray, Array(kBytea, values, [](const std::vector<std::byte>& bytes) {
                  return AsText(bytes);
                }));
}

std::int64_t ReadInteger(std::string_view bytes) {
  SNAPSHELF_CHECK(bytes.size() == 1 || bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8);
  // The sign comes with the first byte.
  std::int64_t value = static_cast<signed char>(bytes.front());
  for (const char byte : bytes.substr(1)) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

std::vector<std::string_view> ReadArray(std::string_view bytes) {
  std::vector<std::string_view> elements;
  if (bytes.size() < kArrayHeaderBytes) return elements;  // no dimension: an empty array
  const std::int64_t count = ReadInteger(bytes.substr(12, 4));
  bytes.remove_prefix(kArrayHeaderBytes);
  for (std::int64_t i = 0; i < count; ++i) {
    SNAPSHELF_CHECK(bytes.size() >= kLengthBytes);
    const std::int64_t length = ReadInteger(bytes.substr(0, kLengthBytes));
    bytes.remove_prefix(kLengthBytes);
    SNAPSHELF_CHECK(length >= 0 && bytes.size() >= static_cast<std::size_t>(length));
    elements.push_back(bytes.substr(0, static_cast<std::size_t>(length)));
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return elements;
}

}  // namespace snapshelf::postgres
