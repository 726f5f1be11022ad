#include "server/fetch_picture.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/trace.h"
#include "server/public_address.h"

namespace snapshelf {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long kConnectTimeoutMs = 3'000;
constexpr std::chrono::seconds kTimeout{10};
constexpr int kRedirectsMax = 3;
// Slow hosts hold as many threads of the server at most.
constexpr int kPublicFetchesMax = 2;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
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

/// Of "host:port"; the usual ports of the schemes are none in HostOf.
bool HasUnusualPort(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string::npos || host.back() == ']') return false;
  const std::string port = host.substr(colon + 1);
  return port != "80" && port != "443";
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

/// Opens no socket to what is not public, whatever name led there.
curl_socket_t OpenPublic(void* was_refused, curlsocktype /*purpose*/, curl_sockaddr* address) {
  if (IsPublicAddress(address->addr))
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  *static_cast<bool*>(was_refused) = true;
  return CURL_SOCKET_BAD;
}

Error NotAnAddress(const std::string& address) {
  return {Code::kInvalidArgument, fmt::format("\"{}\" is not an http or https address", address)};
}

}  // namespace

struct PictureFetcher::Answer {
  std::vector<std::byte> body;
  long status = 0;
  std::string redirect;  ///< where to; empty if it is none
};

PictureFetcher::PictureFetcher(PictureFetcherOptions options) : options_(std::move(options)) {
  for (std::string& host : options_.hosts) host = LowerCase(std::move(host));
  // Once in the program's life, before other threads may call Fetch.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  SNAPSHELF_CHECK(ready == CURLE_OK);
}

bool PictureFetcher::IsTrusted(const std::string& host) const {
  return std::ranges::find(options_.hosts, host) != options_.hosts.end();
}

Result<PictureFetcher::Answer> PictureFetcher::Get(const std::string& address, bool is_trusted,
                                                   Clock::time_point deadline) const {
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  SNAPSHELF_CHECK(curl != nullptr);
  Body body{.bytes = {}, .bytes_max = static_cast<std::size_t>(options_.bytes_max)};
  bool was_refused = false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<std::int64_t>(1, left)));
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "snapshelf");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, TakeBytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  // A shop's own hosts belong to its traces; strangers learn nothing.
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  if (const Trace* const trace = ActiveTrace::Current(); is_trusted && trace != nullptr) {
    headers.reset(curl_slist_append(nullptr, ("traceparent: " + trace->Traceparent()).c_str()));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  }
  if (!is_trusted) {
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETFUNCTION, OpenPublic);
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETDATA, &was_refused);
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (was_refused)
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\" leads into a network that is not public", address));
  if (body.is_too_large)
    return Fail(Code::kResourceExhausted,
                fmt::format("\"{}\" has more than {} bytes", address, options_.bytes_max));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return Fail(Code::kDeadlineExceeded, fmt::format("\"{}\" took longer than 10 s", address));
  if (code != CURLE_OK)
    return Fail(Code::kUnavailable, fmt::format("\"{}\": {}", address, curl_easy_strerror(code)));
  Answer answer{.body = std::move(body.bytes), .status = 0, .redirect = {}};
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  const char* redirect = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) answer.redirect = redirect;
  return answer;
}

Result<std::vector<std::byte>> PictureFetcher::Fetch(const std::string& address) const {
  const std::string host = HostOf(address);
  if (host.empty()) return std::unexpected(NotAnAddress(address));
  if (!IsTrusted(host))
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\": pictures are read from {} only (--picture-hosts)", address,
                            fmt::join(options_.hosts, ", ")));
  auto answer = Get(address, /*is_trusted=*/true, Clock::now() + kTimeout);
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->status == 200) return std::move(answer->body);
  return Fail(Code::kInvalidArgument,
              fmt::format("\"{}\" answers {}; 200 with a picture is needed, and redirects are "
                          "not followed",
                          address, answer->status));
}

Result<std::vector<std::byte>> PictureFetcher::FetchPublic(const std::string& address) const {
  struct Turn {
    explicit Turn(std::atomic<int>& running)
        : count(running), is_mine(++count <= kPublicFetchesMax) {}
    ~Turn() { --count; }
    std::atomic<int>& count;
    const bool is_mine;
  };
  const Turn turn(public_fetches_);
  if (!turn.is_mine) return Fail(Code::kUnavailable, "too many pictures are being fetched");
  const auto deadline = Clock::now() + kTimeout;
  std::string next = address;
  for (int redirects = 0; redirects <= kRedirectsMax; ++redirects) {
    const std::string host = HostOf(next);
    if (host.empty()) return std::unexpected(NotAnAddress(next));
    const bool is_trusted = IsTrusted(host);
    if (!is_trusted && HasUnusualPort(host))
      return Fail(Code::kInvalidArgument,
                  fmt::format("\"{}\": pictures are read from the ports 80 and 443 only", next));
    auto answer = Get(next, is_trusted, deadline);
    if (!answer) return std::unexpected(std::move(answer).error());
    if (answer->status == 200) return std::move(answer->body);
    if (answer->redirect.empty())
      return Fail(
          Code::kInvalidArgument,
          fmt::format("\"{}\" answers {}; 200 with a picture is needed", next, answer->status));
    next = std::move(answer->redirect);
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("\"{}\" is sent on more than {} times", address, kRedirectsMax));
}

}  // namespace snapshelf
