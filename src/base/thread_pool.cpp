#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>

namespace snapshelf {

ThreadPool::ThreadPool(std::size_t threads, std::size_t queue_capacity) : tasks_(queue_capacity) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      while (auto task = tasks_.Pop()) (*task)();
    });
  }
}

ThreadPool::~ThreadPool() {
  tasks_.Close();
}

bool ThreadPool::TrySubmit(std::function<void()> task) {
  return tasks_.TryPush(std::move(task));
}

int UsableCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed));
}

}  // namespace snapshelf
