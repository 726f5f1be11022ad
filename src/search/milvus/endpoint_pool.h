#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "search/milvus/circuit_breaker.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// How one try of a call ended.
struct Attempt {
  enum class End : std::uint8_t {
    kDone,       ///< answered
    kRefused,    ///< answered with an error that another try would meet too
    kBusy,       ///< answered with an error that may pass
    kUnreached,  ///< not answered: counts against the endpoint
  };
  End end = End::kDone;
  Error error;  ///< unless kDone
};

/// What is called, and how hard to try.
struct CallPolicy {
  const char* name = "";  ///< of the call, for messages and metrics
  std::chrono::milliseconds attempt{2'000};
  std::chrono::milliseconds deadline{10'000};
};

/// Servers that can all answer the same calls. A call goes to one of them, in turn; if that does
/// not answer, to the next, with growing random pauses, until the deadline is over. Servers that
/// fail again and again are left out for a while (CircuitBreaker).
///
/// Knows nothing of networks: the caller's function makes the try. Thread-safe.
class EndpointPool {
 public:
  using Clock = std::chrono::steady_clock;
  /// Makes one try at the endpoint of that number, to be given up at `deadline`.
  using Try = std::function<Attempt(std::size_t endpoint, Clock::time_point deadline)>;
  /// Time as the pool sees it; tests have their own.
  struct Timing {
    std::function<Clock::time_point()> now = Clock::now;
    std::function<void(Clock::duration)> sleep;
  };

  /// `metrics` may be null.
  EndpointPool(std::vector<std::string> names, Metrics* metrics);
  EndpointPool(std::vector<std::string> names, Metrics* metrics, Timing timing);

  /// errors: that of the last try, with the endpoint's name and how often was tried;
  /// kDeadlineExceeded or kUnavailable where no endpoint answered.
  Status Call(const CallPolicy& policy, const Try& attempt);

  /// Whether the endpoint of that number is left out at the moment.
  [[nodiscard]] bool is_left_out(std::size_t endpoint) const;

 private:
  struct Endpoint {
    std::string name;
    CircuitBreaker breaker;
  };
  struct Choice {
    bool found = false;
    std::size_t endpoint = 0;
    Clock::time_point next_call;  ///< unless found: when to ask again
  };
  Choice Choose();
  void Note(const CallPolicy& policy, std::size_t endpoint, const Attempt& attempt,
            Clock::duration duration);
  Clock::duration Pause(int tries);
  bool HasFreshEndpoint(const std::vector<bool>& tried) const;

  Metrics* metrics_;
  Timing timing_;
  mutable std::mutex mutex_;
  std::vector<Endpoint> endpoints_;
  std::size_t next_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace snapshelf
