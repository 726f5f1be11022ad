#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "pipeline/import_products.h"

namespace snapshelf {

/// One line of progress: bar, rows done, rate, time left. `width` is the terminal's, in columns.
[[nodiscard]] std::string ProgressLine(const ImportProgress& progress, int width);

/// The same for a file or pipe: no bar.
[[nodiscard]] std::string PlainProgressLine(const ImportProgress& progress);

/// Shows an import on standard error: a bar that redraws itself on a terminal, else a line every
/// few seconds. Not thread-safe; ImportObserver's calls come one at a time.
class ProgressBar {
 public:
  ProgressBar();
  void Update(const ImportProgress& progress);
  /// Prints a line above the bar.
  void Print(const std::string& line);
  /// Leaves the last state standing and goes to the next line.
  void Finish();

 private:
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace snapshelf
