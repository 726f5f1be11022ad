// Proves how calls are spread over endpoints, tried again and given up, with a clock of its own.

#include "search/milvus/endpoint_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace snapshelf {
namespace {

using testing::HasSubstr;
using End = Attempt::End;
using std::chrono::milliseconds;

/// Endpoints whose answers the test decides, and a clock that only moves while somebody waits.
class EndpointPoolTest : public testing::Test {
 protected:
  EndpointPool Pool(std::vector<std::string> names, Metrics* metrics = nullptr) {
    return {std::move(names),
            metrics,
            {.now = [this] { return now_; },
             .sleep =
                 [this](auto duration) {
                   pauses_.push_back(duration);
                   now_ += duration;
                 }}};
  }
  EndpointPool::Try Answers() {
    return [this](std::size_t endpoint, EndpointPool::Clock::time_point deadline) -> Attempt {
      calls_.push_back(endpoint);
      const End end = ends_[endpoint];
      if (is_slow_[endpoint]) now_ = deadline;
      return {.end = end, .error = {.code = Code::kUnavailable, .message = "no answer"}};
    };
  }

  EndpointPool::Clock::time_point now_{std::chrono::hours(1)};
  std::map<std::size_t, End> ends_;
  std::map<std::size_t, bool> is_slow_;
  std::vector<std::size_t> calls_;
  std::vector<EndpointPool::Clock::duration> pauses_;
};

TEST_F(EndpointPoolTest, TakesTurns) {
  EndpointPool pool = Pool({"a", "b", "c"});
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(pool.Call({.name = "find"}, Answers()));
  EXPECT_EQ(calls_, (std::vector<std::size_t>{0, 1, 2, 0, 1, 2}));
}

TEST_F(EndpointPoolTest, AsksTheNextAtOnceIfOneDoesNotAnswer) {
  EndpointPool pool = Pool({"a", "b"});
  ends_[0] = End::kUnreached;
  const auto before = now_;
  EXPECT_TRUE(pool.Call({.name = "find"}, Answers()));
  EXPECT_EQ(calls_, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(now_, before);
}

TEST_F(EndpointPoolTest, GivesASlowEndpointOnlyItsShareOfTheDeadline) {
  EndpointPool pool = Pool({"a", "b"});
  ends_[0] = End::kUnreached;
  is_slow_[0] = true;
  const auto before = now_;
  EXPECT_TRUE(pool.Call({.name = "find", .attempt = milliseconds(300)}, Answers()));
  EXPECT_EQ(now_ - before, milliseconds(300));
}

TEST_F(EndpointPoolTest, DoesNotRepeatWhatIsRefused) {
  EndpointPool pool = Pool({"a", "b"});
  ends_[0] = End::kRefused;
  const Status status = pool.Call({.name = "find"}, Answers());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "Milvus at a, find: no answer");
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(EndpointPoolTest, GivesUpWithinTheDeadlineAndTellsHowOftenItTried) {
  EndpointPool pool = Pool({"a", "b"});
  ends_[0] = ends_[1] = End::kUnreached;
  const auto before = now_;
  const Status status = pool.Call({.name = "find", .deadline = milliseconds(3'000)}, Answers());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_THAT(status.error().message, HasSubstr("no answer (tried "));
  EXPECT_LE(now_ - before, milliseconds(3'000));
  EXPECT_GE(calls_.size(), 4U);
  EXPECT_LE(calls_.size(), 20U);
}

TEST_F(EndpointPoolTest, WaitsForAServerThatComesBackInTime) {
  EndpointPool pool = Pool({"a"});
  ends_[0] = End::kUnreached;
  const auto back = now_ + milliseconds(4'000);
  const Status status = pool.Call({.name = "find"}, [&](auto, auto) -> Attempt {
    if (now_ < back) return {.end = End::kUnreached, .error = {}};
    return {};
  });
  EXPECT_TRUE(status);
  EXPECT_LE(now_ - back, CircuitBreaker::kLongestPause);
}

TEST_F(EndpointPoolTest, LeavesADeadEndpointOutAndProbesItLater) {
  EndpointPool pool = Pool({"a", "b"});
  ends_[0] = End::kUnreached;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(pool.Call({.name = "find"}, Answers()));
  EXPECT_EQ(std::ranges::count(calls_, 0U), CircuitBreaker::kFailures);
  EXPECT_TRUE(pool.is_left_out(0));
  EXPECT_FALSE(pool.is_left_out(1));
  ends_[0] = End::kDone;
  now_ += CircuitBreaker::kLongestPause;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.Call({.name = "find"}, Answers()));
  EXPECT_FALSE(pool.is_left_out(0));
  EXPECT_EQ(std::ranges::count(calls_, 0U), CircuitBreaker::kFailures + 2);
}

TEST_F(EndpointPoolTest, ABusyAnswerIsRepeatedAndLeavesTheEndpointIn) {
  EndpointPool pool = Pool({"a"});
  ends_[0] = End::kBusy;
  EXPECT_FALSE(pool.Call({.name = "find", .deadline = milliseconds(5'000)}, Answers()));
  EXPECT_GT(calls_.size(), 5U);
  EXPECT_FALSE(pool.is_left_out(0));
}

TEST_F(EndpointPoolTest, PausesDoubleAndAreRandomInTheirUpperHalf) {
  EndpointPool pool = Pool({"a"});
  ends_[0] = End::kBusy;
  bool differ = false;
  std::vector<EndpointPool::Clock::duration> before;
  for (int i = 0; i < 5; ++i) {
    pauses_.clear();
    EXPECT_FALSE(pool.Call({.name = "find", .deadline = milliseconds(2'000)}, Answers()));
    ASSERT_GE(pauses_.size(), 6U);
    for (std::size_t n = 0; n < 6; ++n) {
      const auto full = std::min(milliseconds(20) * (1 << n), milliseconds(500));
      EXPECT_GE(pauses_[n], full / 2) << n;
      EXPECT_LE(pauses_[n], full) << n;
    }
    differ |= !before.empty() && before != pauses_;
    before = pauses_;
  }
  EXPECT_TRUE(differ);
}

TEST_F(EndpointPoolTest, CountsCallsRetriesAndWhatIsLeftOut) {
  Metrics metrics;
  EndpointPool pool = Pool({"a", "b"}, &metrics);
  ends_[0] = End::kUnreached;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool.Call({.name = "find"}, Answers()));
  const std::string text = metrics.Write();
  EXPECT_THAT(text, HasSubstr(R"(calls_total{endpoint="a",call="find",end="unreached"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(calls_total{endpoint="b",call="find",end="done"} 10)"));
  EXPECT_THAT(text, HasSubstr(R"(retries_total{endpoint="a"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(breaker_opened_total{endpoint="a"} 1)"));
}

}  // namespace
}  // namespace snapshelf
