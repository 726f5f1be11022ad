// Proves that text travels packed to those who take it, whole, and nothing else does.
#include "server/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace snapshelf {
namespace {

std::string Unpacked(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

HttpResponse Answer(std::string media_type, std::size_t bytes) {
  HttpResponse response{.media_type = std::move(media_type)};
  for (std::size_t i = 0; i < bytes; ++i) response.body += static_cast<char>('a' + i * i % 23);
  return response;
}

std::string EncodingOf(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "Content-Encoding") return value;
  return "";
}

TEST(Compress, PacksTextForThoseWhoTakeIt) {
  HttpRequest request;
  request.headers = {{"accept-encoding", "br, gzip, deflate"}};
  HttpResponse response = Answer("application/json", 5000);
  const std::string before = response.body;
  PackBody(request, response);
  EXPECT_EQ(EncodingOf(response), "gzip");
  EXPECT_LT(response.body.size(), before.size() / 2);
  EXPECT_EQ(Unpacked(response.body), before);
  const std::string once = response.body;
  PackBody(request, response);
  EXPECT_EQ(response.body, once);
}

TEST(Compress, LeavesTheRestAsItIs) {
  HttpRequest takes;
  takes.headers = {{"accept-encoding", "gzip"}};
  for (HttpResponse response : {Answer("image/webp", 5000), Answer("application/json", 500)}) {
    PackBody(takes, response);
    EXPECT_EQ(EncodingOf(response), "");
  }
  HttpResponse response = Answer("text/html; charset=utf-8", 5000);
  PackBody(HttpRequest(), response);
  EXPECT_EQ(EncodingOf(response), "");
  // Caches between must not give one client what another takes.
  EXPECT_EQ(response.headers, (Fields{{"Vary", "Accept-Encoding"}}));
}

TEST(Compress, ReadsWhatAClientTakes) {
  for (const char* const yes : {"gzip", "br,gzip", "deflate, gzip;q=0.5", " gzip ; q=1"})
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  for (const char* const no : {"", "br", "gzip;q=0", "gzip;q=0.0, br", "x-gzipped"})
    EXPECT_FALSE(AcceptsGzip(no)) << no;
}

}  // namespace
}  // namespace snapshelf
