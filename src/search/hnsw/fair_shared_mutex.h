#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace snapshelf {

/// A shared mutex that serves in order of arrival. std::shared_mutex lets readers pass a waiting
/// writer for ever, or a writer that comes back at once pass waiting readers; here a reader waits
/// for one insertion at most, and the inserting thread for the searches that are under way.
class FairSharedMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    changed_.wait(guard, [&] { return serving_ == ticket && !writing_ && readers_ == 0; });
    writing_ = true;
    ++serving_;
  }
  void unlock() {
    {
      const std::scoped_lock guard(mutex_);
      writing_ = false;
    }
    changed_.notify_all();
  }
  void lock_shared() {
    {
      std::unique_lock guard(mutex_);
      const std::uint64_t ticket = next_ticket_++;
      changed_.wait(guard, [&] { return serving_ == ticket && !writing_; });
      ++readers_;
      ++serving_;
    }
    changed_.notify_all();  // the next in line may be a reader too
  }
  void unlock_shared() {
    bool last = false;
    {
      const std::scoped_lock guard(mutex_);
      last = --readers_ == 0;
    }
    if (last) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
  int readers_ = 0;
  bool writing_ = false;
};

}  // namespace snapshelf
