#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace snapshelf {

/// A fixed number of threads with a bounded queue in front.
///
/// The destructor runs what was taken and joins. Submit and queued() are thread-safe.
class ThreadPool {
 public:
  ThreadPool(std::size_t threads, std::size_t queue_capacity);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Takes `task` to run later, or returns false at once when the queue is full: the caller tells
  /// its client to come back (503) instead of letting the waiting line grow.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

  /// Tasks that wait for a thread.
  [[nodiscard]] std::size_t queued() const { return tasks_.size(); }

 private:
  BoundedQueue<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;
};

/// Hardware threads that this process may use (respects affinity and at least 1).
[[nodiscard]] int UsableCores();

}  // namespace snapshelf
