#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace snapshelf {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery(100);
constexpr std::chrono::seconds kPlainLineEvery(5);
constexpr int kWidthWithoutTerminal = 80;

double PerSecond(const Progress& progress) {
  return progress.seconds > 0
             ? static_cast<double>(progress.done - progress.before) / progress.seconds
             : 0;
}

std::string TimeLeft(const Progress& progress) {
  const double rate = PerSecond(progress);
  if (rate <= 0 || progress.total <= 0) return "--:--";
  const auto rows = std::max<std::int64_t>(0, progress.total - progress.done);
  const auto seconds = static_cast<std::int64_t>(std::ceil(static_cast<double>(rows) / rate));
  if (seconds >= 3600)
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string Bar(double part, int width) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::clamp(part, 0.0, 1.0) * width * 8);
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  const int used = eighths / 8 + (eighths % 8 != 0 ? 1 : 0);
  return bar + std::string(static_cast<std::size_t>(width - used), ' ');
}

int TerminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                         : kWidthWithoutTerminal;
}

}  // namespace

Progress ProgressOf(const ImportProgress& progress) {
  return {.done = progress.Done(),
          .total = progress.rows_estimate,
          .failed = progress.failed,
          .seconds = progress.seconds};
}

Progress ProgressOf(const ReembedProgress& progress) {
  return {.done = progress.done,
          .total = progress.pictures,
          .before = progress.resumed,
          .failed = progress.failed,
          .seconds = progress.seconds,
          .things = "pictures"};
}

Progress ProgressOf(const MigrationProgress& progress) {
  const bool has_vectors = progress.vectors > 0;
  return {.done = has_vectors ? progress.vectors_done : progress.products_done,
          .total = has_vectors ? progress.vectors : progress.products,
          .seconds = progress.seconds,
          .things = has_vectors ? "vectors" : "products"};
}

std::string PlainProgressLine(const Progress& progress) {
  const std::string of =
      progress.total > 0 ? fmt::format(" of {}", std::max(progress.total, progress.done)) : "";
  const std::string failed = progress.failed > 0 ? fmt::format(", {} failed", progress.failed) : "";
  return fmt::format("{}{} {}, {:.1f}/s, {} left{}", progress.done, of, progress.things,
                     PerSecond(progress), TimeLeft(progress), failed);
}

std::string ProgressLine(const Progress& progress, int width) {
  std::string text = PlainProgressLine(progress);
  const int bar_width = std::min(40, width - static_cast<int>(text.size()) - 9);
  if (bar_width < 5) return text;
  const double part = progress.total > 0
                          ? static_cast<double>(progress.done) /
                                static_cast<double>(std::max(progress.total, progress.done))
                          : 0;
  return fmt::format("{} {:3.0f} %  {}", Bar(part, bar_width), std::floor(part * 100), text);
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::Update(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool last = progress.total > 0 && progress.done >= progress.total;
  if (now - last_ < (terminal_ ? kRedrawEvery : std::chrono::milliseconds(kPlainLineEvery)) &&
      !last)
    return;
  last_ = now;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", ProgressLine(progress, TerminalWidth()));
    std::fflush(stderr);
    drawn_ = true;
  } else {
    fmt::print(stderr, "{}\n", PlainProgressLine(progress));
  }
}

void ProgressBar::Print(const std::string& line) {
  fmt::print(stderr, "{}{}\n", drawn_ ? "\r\033[K" : "", line);
  drawn_ = false;
}

void ProgressBar::Finish() {
  if (drawn_) fmt::print(stderr, "\n");
  drawn_ = false;
}

}  // namespace snapshelf
