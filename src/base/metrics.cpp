#include "base/metrics.h"

#include <fmt/format.h>

#include <array>

namespace snapshelf {
namespace {

constexpr std::array<double, 16> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1,
                                            0.25,  0.5,    0.75,  1,    2.5,   5,    7.5,   10};

std::string Braced(const std::string& labels) {
  return labels.empty() ? "" : "{" + labels + "}";
}

}  // namespace

Histogram::Histogram() : counts_(kBounds.size()) {}

void Histogram::Observe(double seconds) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) {
      counts_[i].fetch_add(1, std::memory_order_relaxed);
      break;
    }
  }
  total_.fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

void Histogram::Write(const std::string& name, const std::string& labels, std::string& out) const {
  const std::string comma = labels.empty() ? "" : labels + ",";
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    cumulative += counts_[i].load(std::memory_order_relaxed);
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, comma, kBounds[i], cumulative);
  }
  const std::uint64_t total = total_.load(std::memory_order_relaxed);
  out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, comma, total);
  out += fmt::format("{}_sum{} {}\n", name, Braced(labels), sum_.load(std::memory_order_relaxed));
  out += fmt::format("{}_count{} {}\n", name, Braced(labels), total);
}

std::atomic<std::uint64_t>& Metrics::Counter(const std::string& name, const std::string& help,
                                             const std::string& labels) {
  const std::scoped_lock lock(mutex_);
  Family& family = families_[name];
  family.help = help;
  family.type = "counter";
  auto& counter = family.counters[labels];
  if (!counter) counter = std::make_unique<std::atomic<std::uint64_t>>(0);
  return *counter;
}

Histogram& Metrics::Durations(const std::string& name, const std::string& help,
                              const std::string& labels) {
  const std::scoped_lock lock(mutex_);
  Family& family = families_[name];
  family.help = help;
  family.type = "histogram";
  auto& histogram = family.histograms[labels];
  if (!histogram) histogram = std::make_unique<Histogram>();
  return *histogram;
}

void Metrics::Gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const std::string& labels) {
  const std::scoped_lock lock(mutex_);
  Family& family = families_[name];
  family.help = help;
  family.type = "gauge";
  family.gauges[labels] = std::move(read);
}

std::string Metrics::Write() const {
  std::map<std::string, std::function<double()>> gauges;  // by name and labels
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, family] : families_)
      for (const auto& [labels, read] : family.gauges) gauges.emplace(name + Braced(labels), read);
  }
  // Without the lock: reading one may take long, and count itself.
  std::map<std::string, double> values;
  for (const auto& [name, read] : gauges) values.emplace(name, read());

  const std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
    for (const auto& [labels, counter] : family.counters)
      out +=
          fmt::format("{}{} {}\n", name, Braced(labels), counter->load(std::memory_order_relaxed));
    for (const auto& [labels, histogram] : family.histograms) histogram->Write(name, labels, out);
    for (const auto& [labels, read] : family.gauges)
      if (const auto value = values.find(name + Braced(labels)); value != values.end())
        out += fmt::format("{} {}\n", value->first, value->second);
  }
  return out;
}

}  // namespace snapshelf
