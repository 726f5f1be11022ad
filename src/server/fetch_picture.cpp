#include "server/fetch_picture.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"

namespace snapshelf {
namespace {

constexpr long kConnectTimeoutMs = 3'000;
constexpr long kTimeoutMs = 10'000;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, CurlDeleter> owned(text);
  return text;
}

/// "host" or "host:port" as in the list of named hosts; empty if it is no http(s) address.
std::string HostOf(const std::string& address) {
  const std::unique_ptr<CURLU, CurlDeleter> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) return {};
  const std::string scheme = UrlPart(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return {};
  const std::string host = LowerCase(UrlPart(url.get(), CURLUPART_HOST));
  const std::string port = UrlPart(url.get(), CURLUPART_PORT);
  return port.empty() ? host : fmt::format("{}:{}", host, port);
}

struct Body {
  std::vector<std::byte> bytes;
  std::size_t bytes_max = 0;
  bool is_too_large = false;
};

std::size_t TakeBytes(const char* data, std::size_t size, std::size_t count, void* target) {
  Body& body = *static_cast<Body*>(target);
  const std::size_t more = size * count;
  if (more > body.bytes_max - body.bytes.size()) {
    body.is_too_large = true;
    return 0;  // ends the transfer
  }
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  body.bytes.insert(body.bytes.end(), begin, begin + more);
  return more;
}

}  // namespace

PictureFetcher::PictureFetcher(std::vector<std::string> hosts, std::int64_t bytes_max)
    : hosts_(std::move(hosts)), bytes_max_(bytes_max) {
  for (std::string& host : hosts_) host = LowerCase(std::move(host));
  // Once in the program's life, before other threads may call Fetch.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  SNAPSHELF_CHECK(ready == CURLE_OK);
}

Result<std::vector<std::byte>> PictureFetcher::Fetch(const std::string& address) const {
  const std::string host = HostOf(address);
  if (host.empty())
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\" is not an http or https address", address));
  if (std::ranges::find(hosts_, host) == hosts_.end())
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\": pictures are read from {} only (--picture-hosts)", address,
                            fmt::join(hosts_, ", ")));
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  SNAPSHELF_CHECK(curl != nullptr);
  Body body{.bytes = {}, .bytes_max = static_cast<std::size_t>(bytes_max_)};
  curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "snapshelf");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, TakeBytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (body.is_too_large)
    return Fail(Code::kResourceExhausted,
                fmt::format("\"{}\" has more than {} bytes", address, bytes_max_));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return Fail(Code::kDeadlineExceeded, fmt::format("\"{}\" took longer than 10 s", address));
  if (code != CURLE_OK)
    return Fail(Code::kUnavailable, fmt::format("\"{}\": {}", address, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\" answers {}; 200 with a picture is needed, and redirects are "
                            "not followed",
                            address, status));
  return std::move(body.bytes);
}

}  // namespace snapshelf
