#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace snapshelf {

/// Durations in seconds, counted in the buckets that OpenTelemetry recommends for HTTP
/// (0.005 .. 10 s, preceded by 1 and 2.5 ms for the stages). Thread-safe.
class Histogram {
 public:
  Histogram();
  void Observe(double seconds);
  /// Appends the Prometheus lines of this histogram; `labels` is `a="b",c="d"` or empty.
  void Write(const std::string& name, const std::string& labels, std::string& out) const;

 private:
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<std::uint64_t> total_{0};
  std::atomic<double> sum_{0};
};

/// What the program counts, written in the Prometheus text format.
///
/// Owned by the composition root; references to its members stay valid as long as it lives.
/// Thread-safe. Labels are given ready-made (`route="/v1/search",code="200"`).
class Metrics {
 public:
  std::atomic<std::uint64_t>& Counter(const std::string& name, const std::string& help,
                                      const std::string& labels = "");
  Histogram& Durations(const std::string& name, const std::string& help,
                       const std::string& labels = "");
  /// A value that is asked for at each Write; `read` may count in the same Metrics.
  void Gauge(const std::string& name, const std::string& help, std::function<double()> read,
             const std::string& labels = "");
  [[nodiscard]] std::string Write() const;

 private:
  struct Family {
    std::string help;
    std::string type;
    std::map<std::string, std::unique_ptr<std::atomic<std::uint64_t>>> counters;  // by labels
    std::map<std::string, std::unique_ptr<Histogram>> histograms;                 // by labels
    std::map<std::string, std::function<double()>> gauges;                        // by labels
  };
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

}  // namespace snapshelf
