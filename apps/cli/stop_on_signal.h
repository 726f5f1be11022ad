#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace snapshelf {

/// Ctrl-C and SIGTERM end what runs long after the batch that is under way. Made before
/// any other thread, so that all of them leave the signals to the one that waits for them.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread([this] {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (signal != SIGUSR1) stop_.request_stop();
    });
  }
  ~StopOnSignal() { pthread_kill(waiter_.native_handle(), SIGUSR1); }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source stop_;
  std::jthread waiter_;
};

}  // namespace snapshelf
