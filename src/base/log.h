#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace snapshelf {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// Lines below `level` are not written. Before the first call: kInfo.
void SetLogLevel(LogLevel level);

/// Writes one line with time and level to standard error. Thread-safe.
void LogLine(LogLevel level, std::string_view line);

/// LogInfo("import {}: {} rows", file, rows) and its siblings: fmt formatting, then LogLine.
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace snapshelf
