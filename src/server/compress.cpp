#include "server/compress.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"

namespace snapshelf {
namespace {

constexpr std::size_t kPacketBytes = 1400;
constexpr int kQuick = 4;
constexpr int kGzipWindowBits = 15 + 16;  // zlib's way of asking for gzip
constexpr int kMemoryLevel = 8;

constexpr std::array<std::string_view, 6> kTexts = {
    "text/",           "application/json", "application/problem+json", "application/manifest+json",
    "application/xml", "image/svg+xml"};

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "gzip;q=0" is a no.
bool IsRefused(std::string_view parameters) {
  const std::size_t weight = parameters.find("q=");
  if (weight == std::string_view::npos) return false;
  double value = 1;
  const std::string_view digits = parameters.substr(weight + 2);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value == 0;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view one = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(one.find(';'), one.size());
    if (Trimmed(one.substr(0, semicolon)) == "gzip") return !IsRefused(one.substr(semicolon));
  }
  return false;
}

bool IsWorthPacking(std::string_view media_type, std::size_t bytes) {
  return bytes > kPacketBytes && std::ranges::any_of(kTexts, [media_type](std::string_view text) {
           return media_type.starts_with(text);
         });
}

std::string Gzip(std::string_view bytes, int level) {
  z_stream stream{};
  SNAPSHELF_CHECK(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                               Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  // zlib does not write to its input; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  SNAPSHELF_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

void PackBody(const HttpRequest& request, HttpResponse& response) {
  const bool is_packed = std::ranges::any_of(
      response.headers, [](const auto& field) { return field.first == "Content-Encoding"; });
  if (response.events || is_packed || !IsWorthPacking(response.media_type, response.body.size()))
    return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsGzip(request.Header("accept-encoding"))) return;
  response.body = Gzip(response.body, kQuick);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace snapshelf
