#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>

namespace snapshelf {

/// Takes SIGTERM and SIGINT while it lives, each once: the second one has its usual effect. One at
/// a time in a program, of its main thread.
class SignalWait {
 public:
  SignalWait();
  ~SignalWait();
  SignalWait(const SignalWait&) = delete;
  SignalWait& operator=(const SignalWait&) = delete;

  static void Wait();
  /// True if one came, also before the call; false after `time`.
  static bool WaitFor(std::chrono::milliseconds time);

 private:
  static constexpr std::array<int, 2> kSignals = {SIGTERM, SIGINT};
  std::array<struct sigaction, 2> before_{};
};

}  // namespace snapshelf
