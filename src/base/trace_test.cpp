// Proves that a request goes on with its caller's trace, and begins its own where the header is no
// good.
#include "base/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace snapshelf {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::MatchesRegex;

constexpr auto kGiven = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, GoesOnWithTheCallersTrace) {
  const Trace trace(kGiven);
  EXPECT_EQ(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace.parent_id(), "00f067aa0ba902b7");
  EXPECT_TRUE(trace.is_sampled());
  EXPECT_EQ(trace.Traceparent(), "00-4bf92f3577b34da6a3ce929d0e0e4736-" + trace.span_id() + "-01");
}

TEST(Trace, PassesOnThatNobodyRecordsIt) {
  const Trace trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02");
  EXPECT_FALSE(trace.is_sampled());
  EXPECT_THAT(trace.Traceparent(), testing::EndsWith("-00"));
}

TEST(Trace, ReadsWhatALaterVersionMayLookLike) {
  const Trace trace("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later");
  EXPECT_EQ(trace.parent_id(), "00f067aa0ba902b7");
}

class BadTraceparent : public ::testing::TestWithParam<const char*> {};

TEST_P(BadTraceparent, BeginsATraceOfItsOwn) {
  const Trace trace(GetParam());
  EXPECT_THAT(trace.trace_id(), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(trace.trace_id(), Trace(GetParam()).trace_id());
  EXPECT_EQ(trace.parent_id(), "");
  EXPECT_TRUE(trace.is_sampled());
}

INSTANTIATE_TEST_SUITE_P(
    Headers, BadTraceparent,
    ::testing::Values("", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                      "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"));

TEST(ActiveTrace, IsSeenOnItsOwnThreadWhileItLives) {
  Trace trace("");
  {
    const ActiveTrace active(trace);
    ASSERT_EQ(ActiveTrace::Current(), &trace);
    ActiveTrace::Current()->Record("detect", std::chrono::milliseconds(3));
    std::jthread([] { EXPECT_EQ(ActiveTrace::Current(), nullptr); });
  }
  EXPECT_EQ(ActiveTrace::Current(), nullptr);
  ASSERT_THAT(trace.spans(), ElementsAre(Field(&TraceSpan::name, "detect")));
  EXPECT_EQ(trace.spans()[0].end - trace.spans()[0].start, std::chrono::milliseconds(3));
}

}  // namespace
}  // namespace snapshelf
