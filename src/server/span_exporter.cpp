#include "server/span_exporter.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/log.h"
#include "base/trace.h"
#include "snapshelf/version.h"

namespace snapshelf {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kWaitingMax = 1024;  // requests
constexpr std::size_t kBatchMax = 64;
constexpr long kTimeoutMs = 2'000;
constexpr int kKindInternal = 1;  // numbers of opentelemetry.proto.trace.v1
constexpr int kKindServer = 2;
constexpr int kStatusError = 2;

struct Finished {
  std::shared_ptr<Trace> trace;
  std::string method;
  std::string route;
  int status = 0;
  std::chrono::system_clock::time_point end;
};

std::string Nanoseconds(std::chrono::system_clock::time_point time) {
  using std::chrono::nanoseconds;
  return std::to_string(std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count());
}

Json Attribute(const char* key, const char* type, Json value) {
  return {{"key", key}, {"value", {{type, std::move(value)}}}};
}

void AppendSpans(const Finished& finished, Json& spans) {
  const Trace& trace = *finished.trace;
  Json request = {
      {"traceId", trace.trace_id()},
      {"spanId", trace.span_id()},
      {"name", fmt::format("{} {}", finished.method, finished.route)},
      {"kind", kKindServer},
      {"startTimeUnixNano", Nanoseconds(trace.start())},
      {"endTimeUnixNano", Nanoseconds(finished.end)},
      {"attributes",
       {Attribute("http.request.method", "stringValue", finished.method),
        Attribute("http.route", "stringValue", finished.route),
        Attribute("http.response.status_code", "intValue", std::to_string(finished.status))}}};
  if (!trace.parent_id().empty()) request["parentSpanId"] = trace.parent_id();
  if (finished.status >= 500) request["status"] = {{"code", kStatusError}};
  spans.push_back(std::move(request));
  for (const TraceSpan& span : trace.spans())
    spans.push_back({{"traceId", trace.trace_id()},
                     {"spanId", span.id},
                     {"parentSpanId", trace.span_id()},
                     {"name", span.name},
                     {"kind", kKindInternal},
                     {"startTimeUnixNano", Nanoseconds(span.start)},
                     {"endTimeUnixNano", Nanoseconds(span.end)}});
}

std::string MakeBody(const std::vector<Finished>& batch) {
  Json spans = Json::array();
  for (const Finished& finished : batch) AppendSpans(finished, spans);
  const Json resource = {{"attributes",
                          {Attribute("service.name", "stringValue", "snapshelf"),
                           Attribute("service.version", "stringValue", std::string(kVersion))}}};
  const Json scope = {{"scope", {{"name", "snapshelf"}}}, {"spans", std::move(spans)}};
  const Json body = {{"resourceSpans", {{{"resource", resource}, {"scopeSpans", {scope}}}}}};
  // A method or path may hold bytes that are no UTF-8.
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t IgnoreAnswer(const char* /*data*/, std::size_t size, std::size_t count, void* /*to*/) {
  return size * count;
}

}  // namespace

struct SpanExporter::Impl {
  Impl(std::string address, Metrics& metrics)
      : url(std::move(address)),
        sent(metrics.Counter("snapshelf_spans_sent_total", "Spans that the collector took")),
        dropped(metrics.Counter("snapshelf_spans_dropped_total",
                                "Requests whose spans could not be sent")) {}

  void Run(const std::stop_token& stop);
  void Send(const std::vector<Finished>& batch);

  const std::string url;
  std::atomic<std::uint64_t>& sent;
  std::atomic<std::uint64_t>& dropped;
  bool is_failing = false;
  BoundedQueue<Finished> waiting{kWaitingMax};
  std::unique_ptr<CURL, CurlDeleter> curl{curl_easy_init()};
  std::unique_ptr<curl_slist, CurlDeleter> headers{
      curl_slist_append(nullptr, "Content-Type: application/json")};
  std::jthread thread;  // last: ends before what it uses
};

void SpanExporter::Impl::Run(const std::stop_token& stop) {
  while (auto first = waiting.Pop()) {
    std::vector<Finished> batch;
    batch.push_back(std::move(*first));
    while (batch.size() < kBatchMax) {
      auto next = waiting.TryPop();
      if (!next) break;
      batch.push_back(std::move(*next));
    }
    Send(batch);
    if (stop.stop_requested() && is_failing) return;  // the end must not wait for a dead collector
  }
}

void SpanExporter::Impl::Send(const std::vector<Finished>& batch) {
  const std::string body = MakeBody(batch);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, IgnoreAnswer);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  if (code == CURLE_OK) curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const bool is_taken = status >= 200 && status < 300;
  if (is_taken) {
    for (const Finished& finished : batch) sent += 1 + finished.trace->spans().size();
  } else {
    dropped += batch.size();
    if (!is_failing)  // once, not at every batch
      LogWarning(
          "spans cannot be sent to {}: {}", url,
          code == CURLE_OK ? fmt::format("it answers {}", status) : curl_easy_strerror(code));
  }
  is_failing = !is_taken;
}

SpanExporter::SpanExporter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SpanExporter::~SpanExporter() {
  impl_->thread.request_stop();
  impl_->waiting.Close();
}

Result<std::unique_ptr<SpanExporter>> SpanExporter::Start(const std::string& endpoint,
                                                          Metrics& metrics) {
  if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://"))
    return Fail(Code::kInvalidArgument,
                fmt::format("traces endpoint \"{}\" is no address such as http://localhost:4318",
                            endpoint));
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  SNAPSHELF_CHECK(ready == CURLE_OK);
  std::string base = endpoint;
  while (base.ends_with('/')) base.pop_back();
  auto impl = std::make_unique<Impl>(base + "/v1/traces", metrics);
  SNAPSHELF_CHECK(impl->curl != nullptr && impl->headers != nullptr);
  Impl& running = *impl;
  running.thread = std::jthread([&running](const std::stop_token& stop) { running.Run(stop); });
  return std::unique_ptr<SpanExporter>(new SpanExporter(std::move(impl)));
}

void SpanExporter::Add(const HttpRequest& request, std::string_view route, int status) {
  if (!request.trace || !request.trace->is_sampled()) return;
  Finished finished{.trace = request.trace,
                    .method = request.method,
                    .route = std::string(route),
                    .status = status,
                    .end = std::chrono::system_clock::now()};
  if (!impl_->waiting.TryPush(std::move(finished))) ++impl_->dropped;
}

}  // namespace snapshelf
