#include "server/signal_wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace snapshelf {
namespace {

/// A handler may only write to a descriptor; the main thread reads from it.
volatile int signal_event = -1;

void OnSignal(int /*signal*/) {
  const int saved = errno;
  const std::uint64_t one = 1;
  if (write(signal_event, &one, sizeof one) < 0) _exit(1);
  errno = saved;
}

}  // namespace

SignalWait::SignalWait() {
  signal_event = eventfd(0, EFD_CLOEXEC);
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

SignalWait::~SignalWait() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  close(signal_event);
}

void SignalWait::Wait() {
  std::uint64_t count = 0;
  while (read(signal_event, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

bool SignalWait::WaitFor(std::chrono::milliseconds time) {
  pollfd event{.fd = signal_event, .events = POLLIN, .revents = 0};
  // A signal also interrupts the call itself.
  return poll(&event, 1, static_cast<int>(time.count())) != 0;
}

}  // namespace snapshelf
