// Proves the Prometheus text: cumulative buckets, labels, and that a metric asked for twice is the
// same.
#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace snapshelf {
namespace {

using testing::HasSubstr;

TEST(Metrics, WritesCumulativeBuckets) {
  Metrics metrics;
  Histogram& durations = metrics.Durations("d_seconds", "Time", "stage=\"embed\"");
  durations.Observe(0.004);
  durations.Observe(0.2);
  durations.Observe(99);
  const std::string text = metrics.Write();
  EXPECT_THAT(text, HasSubstr("# TYPE d_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{stage=\"embed\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{stage=\"embed\",le=\"0.25\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{stage=\"embed\",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{stage=\"embed\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_count{stage=\"embed\"} 3\n"));
}

TEST(Metrics, CountsPerLabels) {
  Metrics metrics;
  ++metrics.Counter("requests_total", "Requests", "code=\"200\"");
  ++metrics.Counter("requests_total", "Requests", "code=\"200\"");
  ++metrics.Counter("requests_total", "Requests", "code=\"404\"");
  EXPECT_THAT(metrics.Write(),
              HasSubstr("requests_total{code=\"200\"} 2\nrequests_total{code=\"404\"} 1\n"));
}

TEST(Metrics, AsksGaugeAtEachWrite) {
  Metrics metrics;
  double value = 1;
  metrics.Gauge("vectors", "Vectors", [&value] { return value; });
  EXPECT_THAT(metrics.Write(), HasSubstr("vectors 1\n"));
  value = 2;
  EXPECT_THAT(metrics.Write(), HasSubstr("vectors 2\n"));
}

TEST(Metrics, WritesGaugesByLabels) {
  Metrics metrics;
  metrics.Gauge("open", "", [] { return 1.0; }, R"(endpoint="a")");
  metrics.Gauge("open", "", [] { return 0.0; }, R"(endpoint="b")");
  EXPECT_THAT(metrics.Write(), HasSubstr("open{endpoint=\"a\"} 1\nopen{endpoint=\"b\"} 0\n"));
}

TEST(Metrics, AGaugeMayCountWhatItDoes) {
  Metrics metrics;
  metrics.Gauge("lengths", "", [&metrics] {
    ++metrics.Counter("calls_total", "");
    return 3.0;
  });
  EXPECT_THAT(metrics.Write(), HasSubstr("lengths 3\n"));
  EXPECT_THAT(metrics.Write(), HasSubstr("calls_total 2\n"));
}

}  // namespace
}  // namespace snapshelf
