#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace snapshelf {

/// What took time within a request.
struct TraceSpan {
  std::string name;
  std::string id;  ///< 16 lower-case hexadecimal digits
  std::chrono::system_clock::time_point start;
  std::chrono::system_clock::time_point end;
};

/// One request as part of a trace that may have begun elsewhere and may go on elsewhere (W3C Trace
/// Context, https://www.w3.org/TR/trace-context/). Used by one thread at a time.
class Trace {
 public:
  /// Goes on with the caller's trace; begins one of its own where `traceparent` is empty or not
  /// well formed, as the standard asks.
  explicit Trace(std::string_view traceparent);

  [[nodiscard]] const std::string& trace_id() const { return trace_id_; }    ///< 32 digits
  [[nodiscard]] const std::string& span_id() const { return span_id_; }      ///< of this request
  [[nodiscard]] const std::string& parent_id() const { return parent_id_; }  ///< empty: none
  /// Whether the caller wants it recorded; true for a trace of its own.
  [[nodiscard]] bool is_sampled() const { return is_sampled_; }
  [[nodiscard]] std::chrono::system_clock::time_point start() const { return start_; }
  [[nodiscard]] const std::vector<TraceSpan>& spans() const { return spans_; }

  /// The header for calls to others on behalf of this request.
  [[nodiscard]] std::string Traceparent() const;

  /// Adds what ends now and took `duration`.
  void Record(std::string_view name, std::chrono::steady_clock::duration duration);

 private:
  std::string trace_id_;
  std::string span_id_;
  std::string parent_id_;
  bool is_sampled_ = true;
  std::chrono::system_clock::time_point start_ = std::chrono::system_clock::now();
  std::vector<TraceSpan> spans_;
};

/// Makes `trace` the one that code on this thread records to, while this lives.
class ActiveTrace {
 public:
  explicit ActiveTrace(Trace& trace);
  ~ActiveTrace();
  ActiveTrace(const ActiveTrace&) = delete;
  ActiveTrace& operator=(const ActiveTrace&) = delete;

  /// Null outside of requests.
  [[nodiscard]] static Trace* Current();

 private:
  Trace* before_;
};

}  // namespace snapshelf
