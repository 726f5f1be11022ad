#pragma once

#include <chrono>
#include <string>

#include "base/metrics.h"
#include "base/trace.h"

namespace snapshelf {

/// Adds the time from its making to its end to the histogram of a stage, and to the trace of the
/// request that this thread works for.
class StageTimer {
 public:
  StageTimer(Metrics& metrics, const char* stage)
      : histogram_(metrics.Durations("snapshelf_stage_duration_seconds",
                                     "Time spent in a stage of the pipeline",
                                     std::string("stage=\"") + stage + "\"")),
        stage_(stage),
        start_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    const auto passed = std::chrono::steady_clock::now() - start_;
    histogram_.Observe(std::chrono::duration<double>(passed).count());
    if (Trace* const trace = ActiveTrace::Current()) trace->Record(stage_, passed);
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  Histogram& histogram_;
  const char* stage_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace snapshelf
