#include "search/milvus/endpoint_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/check.h"

namespace snapshelf {
namespace {

// Doubled from try to try. The first is what a server needs to hand over to a neighbour, the
// longest short enough to notice within half a second that it is back.
constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{500};

const char* WordOf(Attempt::End end) {
  switch (end) {
    case Attempt::End::kDone:
      return "done";
    case Attempt::End::kRefused:
      return "refused";
    case Attempt::End::kBusy:
      return "busy";
    case Attempt::End::kUnreached:
      return "unreached";
  }
  return "";
}

void SleepFor(EndpointPool::Clock::duration duration) {
  std::this_thread::sleep_for(duration);
}

}  // namespace

EndpointPool::EndpointPool(std::vector<std::string> names, Metrics* metrics)
    : EndpointPool(std::move(names), metrics, {.sleep = SleepFor}) {}

EndpointPool::EndpointPool(std::vector<std::string> names, Metrics* metrics, Timing timing)
    : metrics_(metrics), timing_(std::move(timing)) {
  SNAPSHELF_CHECK(!names.empty());
  for (std::string& name : names) endpoints_.push_back({.name = std::move(name), .breaker = {}});
}

Status EndpointPool::Call(const CallPolicy& policy, const Try& attempt) {
  const auto start = timing_.now();
  const auto deadline = start + policy.deadline;
  std::vector<bool> tried(endpoints_.size());
  Error last{.code = Code::kUnavailable, .message = "no Milvus endpoint has answered of late"};
  for (int tries = 0;;) {
    auto now = timing_.now();
    auto wake = now;
    if (const Choice choice = Choose(); choice.found) {
      Attempt made = attempt(choice.endpoint, std::min(now + policy.attempt, deadline));
      ++tries;
      Note(policy, choice.endpoint, made, timing_.now() - now);
      if (made.end == Attempt::End::kDone) return {};
      last = {.code = made.error.code,
              .message = fmt::format("Milvus at {}, {}: {}", endpoints_[choice.endpoint].name,
                                     policy.name, made.error.message)};
      if (made.end == Attempt::End::kRefused) return std::unexpected(std::move(last));
      tried[choice.endpoint] = true;
      now = timing_.now();
      wake = HasFreshEndpoint(tried) ? now : now + Pause(tries);
    } else {
      wake = choice.next_call;
    }
    if (wake >= deadline) {
      const std::chrono::duration<double> seconds = now - start;
      last.message += fmt::format(" (tried {} times in {:.1f} s)", tries, seconds.count());
      return std::unexpected(std::move(last));
    }
    if (wake > now) timing_.sleep(wake - now);
  }
}

bool EndpointPool::is_left_out(std::size_t endpoint) const {
  const std::lock_guard lock(mutex_);
  return endpoints_[endpoint].breaker.is_open();
}

EndpointPool::Choice EndpointPool::Choose() {
  const std::lock_guard lock(mutex_);
  const auto now = timing_.now();
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const std::size_t endpoint = (next_ + i) % endpoints_.size();
    if (!endpoints_[endpoint].breaker.TryEnter(now)) continue;
    next_ = endpoint + 1;
    return {.found = true, .endpoint = endpoint, .next_call = {}};
  }
  Choice none{.next_call = endpoints_.front().breaker.next_call()};
  for (const Endpoint& one : endpoints_)
    none.next_call = std::min(none.next_call, one.breaker.next_call());
  return none;
}

void EndpointPool::Note(const CallPolicy& policy, std::size_t endpoint, const Attempt& attempt,
                        Clock::duration duration) {
  bool opened = false;
  {
    const std::lock_guard lock(mutex_);
    CircuitBreaker& breaker = endpoints_[endpoint].breaker;
    if (attempt.end == Attempt::End::kUnreached)
      opened = breaker.Failed(timing_.now());
    else
      breaker.Succeeded();
  }
  if (metrics_ == nullptr) return;
  const std::string labels =
      fmt::format(R"(endpoint="{}",call="{}")", endpoints_[endpoint].name, policy.name);
  const auto& end = attempt.end;
  ++metrics_->Counter("snapshelf_milvus_calls_total", "Tries of calls to Milvus by how they ended",
                      fmt::format(R"({},end="{}")", labels, WordOf(end)));
  metrics_
      ->Durations("snapshelf_milvus_call_seconds", "How long a try of a call to Milvus took",
                  labels)
      .Observe(std::chrono::duration<double>(duration).count());
  const std::string server = fmt::format(R"(endpoint="{}")", endpoints_[endpoint].name);
  if (end == Attempt::End::kBusy || end == Attempt::End::kUnreached)
    ++metrics_->Counter("snapshelf_milvus_retries_total", "Tries that called for another", server);
  if (opened)
    ++metrics_->Counter("snapshelf_milvus_breaker_opened_total",
                        "How often an endpoint was left out for not answering", server);
}

EndpointPool::Clock::duration EndpointPool::Pause(int tries) {
  const auto full = std::min(kFirstPause * (1 << std::min(tries - 1, 10)), kLongestPause);
  const std::lock_guard lock(mutex_);
  // Between half and all of it, so that callers who failed together do not come back together.
  std::uniform_int_distribution<std::int64_t> part(full.count() * 500, full.count() * 1000);
  return std::chrono::microseconds(part(random_));
}

bool EndpointPool::HasFreshEndpoint(const std::vector<bool>& tried) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < endpoints_.size(); ++i)
    if (!tried[i] && !endpoints_[i].breaker.is_open()) return true;
  return false;
}

}  // namespace snapshelf
