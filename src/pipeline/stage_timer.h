#pragma once

#include <chrono>
#include <string>

#include "base/metrics.h"

namespace snapshelf {

/// Adds the time from its making to its end to the histogram of a stage.
class StageTimer {
 public:
  StageTimer(Metrics& metrics, const char* stage)
      : histogram_(metrics.Durations("snapshelf_stage_duration_seconds",
                                     "Time spent in a stage of the pipeline",
                                     std::string("stage=\"") + stage + "\"")),
        start_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    histogram_.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  Histogram& histogram_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace snapshelf
