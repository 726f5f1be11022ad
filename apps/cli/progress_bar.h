#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "pipeline/import_products.h"
#include "pipeline/migrate_shop.h"
#include "pipeline/reembed_products.h"

namespace snapshelf {

/// What is shown of something that takes long.
struct Progress {
  std::int64_t done = 0;
  std::int64_t total = 0;   ///< 0: unknown yet
  std::int64_t before = 0;  ///< of `done`, when it was started: tells nothing about its speed
  std::int64_t failed = 0;
  double seconds = 0;
  const char* things = "products";
};
[[nodiscard]] Progress ProgressOf(const ImportProgress& progress);
[[nodiscard]] Progress ProgressOf(const ReembedProgress& progress);
/// Of products, then of vectors.
[[nodiscard]] Progress ProgressOf(const MigrationProgress& progress);

/// One line of progress: bar, rows done, rate, time left. `width` is the terminal's, in columns.
[[nodiscard]] std::string ProgressLine(const Progress& progress, int width);

/// The same for a file or pipe: no bar.
[[nodiscard]] std::string PlainProgressLine(const Progress& progress);

/// Shows how far it is on standard error: a bar that redraws itself on a terminal, else a line
/// every few seconds. Not thread-safe; an observer's calls come one at a time.
class ProgressBar {
 public:
  ProgressBar();
  void Update(const Progress& progress);
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
