#include "base/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

namespace snapshelf {
namespace {

// version "-" trace id "-" parent id "-" flags, where version is ff never and 00 today; later
// versions may go on after a further "-".
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kParentIdAt = 36;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kLength = 55;

thread_local Trace* current = nullptr;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

bool IsWellFormed(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  if (text.size() > kLength && (text[kLength] != '-' || text.starts_with("00"))) return false;
  const auto trace_id = text.substr(kTraceIdAt, 32);
  const auto parent_id = text.substr(kParentIdAt, 16);
  return IsHex(text.substr(0, 2)) && !text.starts_with("ff") && IsHex(trace_id) &&
         !IsZero(trace_id) && IsHex(parent_id) && !IsZero(parent_id) &&
         IsHex(text.substr(kFlagsAt, 2));
}

std::string RandomDigits16() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::uint64_t value = 0;
  while (value == 0) value = random();  // all zeros would mean "no id"
  return fmt::format("{:016x}", value);
}

bool HasSampledFlag(std::string_view flags) {
  const char low = flags[1];
  return ((low <= '9' ? low - '0' : low - 'a' + 10) & 1) != 0;
}

}  // namespace

Trace::Trace(std::string_view traceparent) : span_id_(RandomDigits16()) {
  if (!IsWellFormed(traceparent)) {
    trace_id_ = RandomDigits16() + RandomDigits16();
    return;
  }
  trace_id_ = traceparent.substr(kTraceIdAt, 32);
  parent_id_ = traceparent.substr(kParentIdAt, 16);
  is_sampled_ = HasSampledFlag(traceparent.substr(kFlagsAt, 2));
}

std::string Trace::Traceparent() const {
  return fmt::format("00-{}-{}-{}", trace_id_, span_id_, is_sampled_ ? "01" : "00");
}

void Trace::Record(std::string_view name, std::chrono::steady_clock::duration duration) {
  const auto end = std::chrono::system_clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::system_clock::duration>(duration);
  spans_.push_back(
      {.name = std::string(name), .id = RandomDigits16(), .start = end - passed, .end = end});
}

ActiveTrace::ActiveTrace(Trace& trace) : before_(std::exchange(current, &trace)) {}

ActiveTrace::~ActiveTrace() {
  current = before_;
}

Trace* ActiveTrace::Current() {
  return current;
}

}  // namespace snapshelf
