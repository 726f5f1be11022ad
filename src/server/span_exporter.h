#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "server/http.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Sends the spans of finished requests to a collector, as JSON by OTLP/HTTP
/// (https://opentelemetry.io/docs/specs/otlp/).
///
/// A thread of its own sends; requests never wait for it. What a slow or absent collector cannot
/// take is dropped and counted in snapshelf_spans_dropped_total. Thread-safe. The destructor tries
/// once to send what is left.
class SpanExporter {
 public:
  /// `endpoint` is the collector's base address, such as "http://localhost:4318".
  /// errors: kInvalidArgument if it is no http or https address.
  static Result<std::unique_ptr<SpanExporter>> Start(const std::string& endpoint, Metrics& metrics);
  ~SpanExporter();

  /// Takes the trace of a request that was answered, if it is sampled.
  void Add(const HttpRequest& request, std::string_view route, int status);

 private:
  struct Impl;
  explicit SpanExporter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
