#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// Reads pictures from addresses, of named hosts only: whoever may send a product must not be able
/// to make the server call machines of its network (SSRF).
///
/// Connects directly, without a proxy, and follows no redirect, since that could lead to another
/// host. threads: Fetch is safe from any number of threads.
class PictureFetcher {
 public:
  /// `hosts`: "shop.example" for its usual ports, or "shop.example:8443"; none: fetching is off.
  PictureFetcher(std::vector<std::string> hosts, std::int64_t bytes_max);

  [[nodiscard]] bool IsOn() const { return !hosts_.empty(); }

  /// errors: kInvalidArgument (not an http or https address, a host that was not named, or an
  /// answer other than 200), kResourceExhausted (more than bytes_max), kDeadlineExceeded (10 s),
  /// kUnavailable (the host cannot be reached).
  [[nodiscard]] Result<std::vector<std::byte>> Fetch(const std::string& address) const;

 private:
  std::vector<std::string> hosts_;  // lower case
  std::int64_t bytes_max_;
};

}  // namespace snapshelf
