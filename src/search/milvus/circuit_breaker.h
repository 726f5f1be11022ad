#pragma once

#include <chrono>

namespace snapshelf {

/// Keeps callers from an endpoint that does not answer. Closed: everybody may call. After
/// kFailures in a row it opens: nobody may call until a pause is over. Then one caller may probe;
/// if that fails, the next pause is twice as long. Used under its owner's mutex; told the time.
class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Three, so that one lost connection does not count as a dead server.
  static constexpr int kFailures = 3;
  static constexpr std::chrono::milliseconds kFirstPause{200};
  /// No longer, so that a server that is back is found within two seconds.
  static constexpr std::chrono::milliseconds kLongestPause{2'000};

  [[nodiscard]] bool is_open() const { return failures_ >= kFailures; }

  /// When a caller is allowed again: the past where it is closed.
  [[nodiscard]] Time next_call() const { return next_call_; }

  /// Whether this caller may call now; if it is a probe, others have to wait for its outcome, or
  /// for as long as the pause is.
  [[nodiscard]] bool TryEnter(Time now) {
    if (!is_open()) return true;
    if (now < next_call_) return false;
    next_call_ = now + pause_;
    return true;
  }
  void Succeeded() { *this = {}; }
  /// Returns whether it opened just now.
  bool Failed(Time now) {
    ++failures_;
    if (!is_open()) return false;
    pause_ = failures_ == kFailures ? kFirstPause : std::min(2 * pause_, kLongestPause);
    next_call_ = now + pause_;
    return failures_ == kFailures;
  }

 private:
  int failures_ = 0;
  std::chrono::milliseconds pause_{0};
  Time next_call_{};
};

}  // namespace snapshelf
