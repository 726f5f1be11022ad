#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

struct PictureFetcherOptions {
  /// Trusted: "shop.example" for its usual ports, or "shop.example:8443".
  std::vector<std::string> hosts;
  bool public_addresses = false;  ///< FetchPublic may read from the whole internet
  std::int64_t bytes_max = 32LL << 20;
};

/// Reads pictures from addresses, so that nobody who gives one can make the server call machines of
/// its network (SSRF). Connects directly, without a proxy, in 10 s at most.
///
/// threads: safe from any number of threads.
class PictureFetcher {
 public:
  explicit PictureFetcher(PictureFetcherOptions options);

  /// Whether Fetch and FetchPublic can be used.
  [[nodiscard]] bool has_hosts() const { return !options_.hosts.empty(); }
  [[nodiscard]] bool takes_public() const { return options_.public_addresses; }

  /// From a trusted host; follows no redirect, since that could lead to another one.
  /// errors: kInvalidArgument (not an http or https address, a host that was not named, or an
  /// answer other than 200), kResourceExhausted (more than bytes_max), kDeadlineExceeded,
  /// kUnavailable (the host cannot be reached).
  [[nodiscard]] Result<std::vector<std::byte>> Fetch(const std::string& address) const;

  /// From any host: trusted, or of a public address (public_address.h) on port 80 or 443, looked at
  /// after its name was resolved and for each connection; so for up to three redirects.
  /// errors: those of Fetch; kUnavailable too while two others are at work.
  [[nodiscard]] Result<std::vector<std::byte>> FetchPublic(const std::string& address) const;

 private:
  struct Answer;
  [[nodiscard]] Result<Answer> Get(const std::string& address, bool is_trusted,
                                   std::chrono::steady_clock::time_point deadline) const;
  [[nodiscard]] bool IsTrusted(const std::string& host) const;

  PictureFetcherOptions options_;  // hosts in lower case
  mutable std::atomic<int> public_fetches_ = 0;
};

}  // namespace snapshelf
