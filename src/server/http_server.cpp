// Connections as coroutines over Boost.Beast. Everything in Impl runs on its one I/O thread, except
// the handlers of the lanes kStore and kCompute, which run on their pools, and Stop and Wait.
//
// GCC 12 mixes up temporaries with destructors inside a co_await expression (they are destroyed
// twice), so coroutines here take references to what their callers hold and await in statements of
// their own.
#include "server/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <ctime>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread_pool.h"
#include "server/cors.h"
#include "server/problem.h"
#include "server/refusals.h"
#include "server/request_id.h"
#include "server/request_log.h"
#include "server/span_exporter.h"
#include "server/url.h"

namespace snapshelf {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

/// Operations give their error code back instead of throwing it.
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds kEventPause{200};
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::size_t kFirstReadBytes = 4 << 10;  // small: every idle connection holds it
constexpr std::size_t kLingerReadBytes = 64 << 10;

/// How a phase of reading ended.
enum class Read : std::uint8_t { kDone, kRefused, kGone };

/// One connection.
struct Session : std::enable_shared_from_this<Session> {
  explicit Session(tcp::socket socket_in)
      : socket(std::move(socket_in)), deadline(socket.get_executor()) {}

  tcp::socket socket;
  asio::steady_timer deadline;
  beast::flat_buffer buffer;
  bool is_idle = false;
  bool timed_out = false;
  bool body_unread = false;
  std::size_t body_bytes = 0;  // charged to the sum of all bodies
  HttpRequest request;
  std::string_view route = "none";  // its name for log and metrics
  unsigned version = 11;
  bool keep_alive = false;
};

/// Cancels what the socket waits for at `when`; the socket itself stays open so that the client can
/// be told.
void SetDeadline(Session& session, Clock::time_point when) {
  session.timed_out = false;
  session.deadline.expires_at(when);  // cancels the wait before
  session.deadline.async_wait([held = session.shared_from_this()](ErrorCode error) {
    // A wait that was replaced may be queued as fired already: only a deadline that still lies in
    // the past counts.
    if (error || held->deadline.expiry() > Clock::now()) return;
    held->timed_out = true;
    ErrorCode ignored;
    held->socket.cancel(ignored);
  });
}

void SetDeadline(Session& session, std::chrono::milliseconds from_now) {
  SetDeadline(session, Clock::now() + from_now);
}

void ClearDeadline(Session& session) {
  session.deadline.expires_at(Clock::time_point::max());
}

/// What to answer when reading failed; nothing when there is nobody to answer.
std::optional<Problem> ProblemOfRead(const Session& session, ErrorCode error, std::string_view what,
                                     const HttpLimits& limits) {
  if (session.timed_out) return TimedOut(what);
  if (error == http::error::body_limit) return BodyTooLarge(limits.body_bytes_max);
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return HeaderTooLarge(limits.header_bytes_max);
  const bool is_gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_gone || error.category() != http::make_error_code(http::error::end_of_stream).category())
    return std::nullopt;
  return ProblemOf({Code::kInvalidArgument, "not valid HTTP: " + error.message()});
}

/// Takes method, address and headers over from the parser.
std::optional<Problem> FillRequest(const Parser& parser, HttpRequest& request) {
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.id = TakeOrMakeRequestId(request.Header("x-request-id"));
  request.trace = std::make_shared<Trace>(request.Header("traceparent"));
  const std::string_view target(message.target());
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, question));
  auto query = ParseQueryString(target.substr(std::min(question + 1, target.size())));
  if (!query) return ProblemOf(query.error());
  request.query = std::move(*query);
  return std::nullopt;
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

template <class Message>
void SetHeaders(const Session& session, const HttpResponse& response, Message& message) {
  message.version(session.version);
  message.result(static_cast<unsigned>(response.status));
  message.reason(std::string(HttpStatusWords(response.status)));
  message.set("Date", HttpDate());
  message.set("X-Request-Id", session.request.id);
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Cache-Control", "no-store");  // unless the handler says otherwise
  if (!response.media_type.empty()) message.set("Content-Type", response.media_type);
  for (const auto& [name, value] : response.headers)
    name == "Vary" ? message.insert(name, value) : message.set(name, value);
  message.keep_alive(session.keep_alive);
}

/// Runs the route's handler on the pool while the coroutine waits without a thread. Nothing if the
/// pool's line is full.
asio::awaitable<std::optional<HttpResponse>> RunOn(ThreadPool& pool, const Route& route,
                                                   Session& session) {
  struct Call {
    explicit Call(const asio::any_io_executor& executor)
        : done(executor, Clock::time_point::max()) {}
    asio::steady_timer done;
    std::optional<HttpResponse> response;
  };
  const auto executor = co_await asio::this_coro::executor;
  const auto call = std::make_shared<Call>(executor);
  // The task holds the session: it must outlive a server that stops before the task has run.
  const bool is_taken = pool.TrySubmit([call, executor, &route, held = session.shared_from_this()] {
    call->response = CallHandler(route, held->request);
    asio::post(executor, [call] { call->done.cancel(); });
  });
  if (!is_taken) co_return std::nullopt;
  // The cancel above is posted to this thread, so it cannot run before the wait has begun.
  co_await call->done.async_wait(kTuple);
  co_return std::move(call->response);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Router router, const HttpServerOptions& options, Metrics& metrics)
      : router_(std::move(router)),
        limits_(options.limits),
        origins_(options.allowed_origins),
        metrics_(metrics),
        acceptor_(context_),
        drain_timer_(context_),
        compute_(std::make_shared<ThreadPool>(static_cast<std::size_t>(options.compute_threads),
                                              options.compute_queue)),
        store_(std::make_shared<ThreadPool>(static_cast<std::size_t>(options.store_threads),
                                            options.store_queue)) {}

  ~Impl() {
    Stop();
    Wait();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Listen(const std::string& host, int port);
  Status SendSpansTo(const std::string& otlp_endpoint);
  void Run();
  void Stop();
  void Wait();
  [[nodiscard]] int port() const { return port_; }

 private:
  asio::awaitable<void> Accept();
  void StartSession(tcp::socket socket);
  asio::awaitable<void> Serve(std::shared_ptr<Session> session);
  asio::awaitable<bool> ServeOne(Session& session);
  Read FindRoute(Session& session, const Route*& route, Problem& problem) const;
  asio::awaitable<Read> ReadHeader(Session& session, Parser& parser, Problem& problem);
  asio::awaitable<Read> ReadBody(Session& session, Parser& parser, Problem& problem);
  asio::awaitable<HttpResponse> Answer(Session& session, const Route& route);
  void ShareWithOrigins(const Session& session, HttpResponse& response) const;
  asio::awaitable<bool> Write(Session& session, HttpResponse& response);
  asio::awaitable<bool> WriteEvents(Session& session, HttpResponse& response);
  asio::awaitable<void> Linger(Session& session);
  void BeginStop();
  void AddGauges();

  const Router router_;
  const HttpLimits limits_;
  const std::vector<std::string> origins_;
  Metrics& metrics_;
  std::unique_ptr<SpanExporter> span_exporter_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer drain_timer_;
  int port_ = 0;
  bool stopping_ = false;
  std::size_t all_bodies_bytes_ = 0;
  std::list<std::shared_ptr<Session>> sessions_;
  std::jthread thread_;
  std::mutex wait_mutex_;
  // Ended before context_, to which their tasks post. Shared with the gauges.
  std::shared_ptr<ThreadPool> compute_;
  std::shared_ptr<ThreadPool> store_;
};

Status HttpServer::Impl::Listen(const std::string& host, int port) {
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return Fail(Code::kInvalidArgument,
                fmt::format("host \"{}\" is not an IP address such as 127.0.0.1", host));
  if (port < 0 || port > 65535)
    return Fail(Code::kInvalidArgument, fmt::format("port is {}; it must be 0 to 65535", port));
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(port));
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Fail(error == asio::error::address_in_use ? Code::kAlreadyExists : Code::kIoError,
                fmt::format("{}:{}: {}", host, port, error.message()));
  port_ = acceptor_.local_endpoint().port();
  return {};
}

Status HttpServer::Impl::SendSpansTo(const std::string& otlp_endpoint) {
  auto exporter = SpanExporter::Start(otlp_endpoint, metrics_);
  if (!exporter) return std::unexpected(std::move(exporter).error());
  span_exporter_ = std::move(*exporter);
  return {};
}

void HttpServer::Impl::Run() {
  AddGauges();
  asio::co_spawn(context_, Accept(), asio::detached);
  thread_ = std::jthread([this] { context_.run(); });
}

void HttpServer::Impl::AddGauges() {
  const auto queued = [](const std::shared_ptr<ThreadPool>& pool) {
    return [weak = std::weak_ptr(pool)] {
      const auto alive = weak.lock();
      return alive ? static_cast<double>(alive->queued()) : 0.0;
    };
  };
  metrics_.Gauge("snapshelf_compute_queue_depth", "Requests that wait for inference",
                 queued(compute_));
  metrics_.Gauge("snapshelf_store_queue_depth", "Requests that wait for the store", queued(store_));
}

void HttpServer::Impl::Stop() {
  asio::post(context_, [this] { BeginStop(); });
}

void HttpServer::Impl::BeginStop() {
  if (stopping_) return;
  stopping_ = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_)
    if (session->is_idle) session->socket.cancel(ignored);
  if (sessions_.empty()) return;
  LogInfo("stopping: {} connections are finishing", sessions_.size());
  drain_timer_.expires_after(limits_.shutdown);
  drain_timer_.async_wait([this](ErrorCode error) {
    if (!error) context_.stop();
  });
}

void HttpServer::Impl::Wait() {
  const std::scoped_lock lock(wait_mutex_);
  if (thread_.joinable()) thread_.join();
}

asio::awaitable<void> HttpServer::Impl::Accept() {
  asio::steady_timer pause(context_);
  while (!stopping_) {
    bool must_pause = sessions_.size() >= limits_.connections_max;
    if (!must_pause) {
      auto [error, socket] = co_await acceptor_.async_accept(kTuple);
      if (stopping_) break;
      must_pause = static_cast<bool>(error);  // no file descriptor left, or the client has gone
      if (!error) StartSession(std::move(socket));
    }
    if (!must_pause) continue;
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kTuple);
  }
}

void HttpServer::Impl::StartSession(tcp::socket socket) {
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto place =
      sessions_.insert(sessions_.end(), std::make_shared<Session>(std::move(socket)));
  asio::co_spawn(context_, Serve(*place), [this, place](const std::exception_ptr& failure) {
    if (failure) LogError("a connection ended with an exception");
    (*place)->deadline.cancel();
    all_bodies_bytes_ -= std::exchange((*place)->body_bytes, 0);
    sessions_.erase(place);
    if (stopping_ && sessions_.empty()) drain_timer_.cancel();
  });
}

asio::awaitable<void> HttpServer::Impl::Serve(std::shared_ptr<Session> session) {
  bool goes_on = true;
  while (goes_on) goes_on = co_await ServeOne(*session);
  co_await Linger(*session);
}

/// One request and its answer; whether another may follow on the connection.
asio::awaitable<bool> HttpServer::Impl::ServeOne(Session& session) {
  session.request = {};
  session.route = "none";
  Parser parser;
  Problem problem;
  Read read = co_await ReadHeader(session, parser, problem);
  const Clock::time_point start = Clock::now();
  const Route* route = nullptr;
  if (read == Read::kDone) read = FindRoute(session, route, problem);
  if (read == Read::kDone) read = co_await ReadBody(session, parser, problem);
  if (read == Read::kGone) co_return false;

  HttpResponse response;
  if (read == Read::kDone) {
    session.request.body = std::move(parser.get().body());
    response = co_await Answer(session, *route);
  } else {
    session.body_unread = !parser.is_done();
    session.keep_alive = session.keep_alive && parser.is_done();
    response = ProblemResponse(problem, session.request);
  }
  ShareWithOrigins(session, response);
  session.keep_alive = session.keep_alive && !stopping_;
  const int status = response.status;
  const bool is_written = co_await Write(session, response);
  all_bodies_bytes_ -= std::exchange(session.body_bytes, 0);
  RecordRequest(metrics_, session.request, session.route, status, Clock::now() - start);
  if (span_exporter_) span_exporter_->Add(session.request, session.route, status);
  co_return is_written&& session.keep_alive;
}

Read HttpServer::Impl::FindRoute(Session& session, const Route*& route, Problem& problem) const {
  auto found = router_.Find(session.request.method, session.request.path);
  if (!found) {
    problem = std::move(found).error();
    return Read::kRefused;
  }
  route = found->route;
  session.route = route->name;
  session.request.path_values = std::move(found->values);
  return Read::kDone;
}

asio::awaitable<Read> HttpServer::Impl::ReadHeader(Session& session, Parser& parser,
                                                   Problem& problem) {
  parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
  parser.body_limit(limits_.body_bytes_max);
  if (stopping_) co_return Read::kGone;
  if (session.buffer.size() == 0) {  // else the client has sent its next request already
    session.is_idle = true;
    SetDeadline(session, limits_.idle);
    const auto space = session.buffer.prepare(kFirstReadBytes);
    auto [error, size] = co_await session.socket.async_read_some(space, kTuple);
    session.is_idle = false;
    if (error) co_return Read::kGone;
    session.buffer.commit(size);
  }
  SetDeadline(session, limits_.header);
  auto [error, size] =
      co_await http::async_read_header(session.socket, session.buffer, parser, kTuple);
  ClearDeadline(session);
  session.version = parser.get().version();
  auto wrong = FillRequest(parser, session.request);
  session.keep_alive = !error && parser.keep_alive();
  if (error) {
    wrong = ProblemOfRead(session, error, "header", limits_);
    if (!wrong) co_return Read::kGone;
    if (const auto found = router_.Find(session.request.method, session.request.path))
      session.route = found->route->name;
  }
  if (!wrong) co_return Read::kDone;
  problem = std::move(*wrong);
  co_return Read::kRefused;
}

asio::awaitable<Read> HttpServer::Impl::ReadBody(Session& session, Parser& parser,
                                                 Problem& problem) {
  if (!parser.is_done() && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(session.socket, asio::buffer(kContinue), kTuple);
  }
  const Clock::time_point last = Clock::now() + limits_.body;
  while (!parser.is_done()) {
    SetDeadline(session, std::min(last, Clock::now() + limits_.body_pause));
    auto [error, size] =
        co_await http::async_read_some(session.socket, session.buffer, parser, kTuple);
    ClearDeadline(session);
    const std::size_t received = parser.get().body().size();
    all_bodies_bytes_ += received - session.body_bytes;
    session.body_bytes = received;
    std::optional<Problem> wrong;
    if (error) {
      wrong = ProblemOfRead(session, error, "body", limits_);
      if (!wrong) co_return Read::kGone;
    } else if (all_bodies_bytes_ > limits_.all_bodies_bytes_max) {
      wrong = Busy();
    }
    if (!wrong) continue;
    problem = std::move(*wrong);
    parser.get().body() = {};  // a refused upload needs its memory no longer
    session.keep_alive = false;
    co_return Read::kRefused;
  }
  co_return Read::kDone;
}

asio::awaitable<HttpResponse> HttpServer::Impl::Answer(Session& session, const Route& route) {
  if (route.lane == Lane::kInline) co_return CallHandler(route, session.request);
  ThreadPool& pool = route.lane == Lane::kCompute ? *compute_ : *store_;
  auto response = co_await RunOn(pool, route, session);
  if (response) co_return std::move(*response);
  co_return ProblemResponse(Busy(), session.request);
}

/// Also what was refused before its route was looked for: a page wants to know that a photo is too
/// large.
void HttpServer::Impl::ShareWithOrigins(const Session& session, HttpResponse& response) const {
  if (origins_.empty()) return;
  if (const auto found = router_.Find(session.request.method, session.request.path))
    AddCorsHeaders(origins_, *found->route, session.request, response);
}

asio::awaitable<bool> HttpServer::Impl::Write(Session& session, HttpResponse& response) {
  if (response.events) {
    const bool is_written = co_await WriteEvents(session, response);
    co_return is_written;
  }
  http::response<http::string_body> message;
  SetHeaders(session, response, message);
  message.body() = std::move(response.body);
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) message.content_length(message.body().size());
  http::response_serializer<http::string_body> serializer(message);
  SetDeadline(session, limits_.write);
  ErrorCode failure;
  if (session.request.method == "HEAD" || !has_body) {
    auto [error, size] = co_await http::async_write_header(session.socket, serializer, kTuple);
    failure = error;
  } else {
    auto [error, size] = co_await http::async_write(session.socket, serializer, kTuple);
    failure = error;
  }
  ClearDeadline(session);
  co_return !failure;
}

/// An event stream ends with its connection.
asio::awaitable<bool> HttpServer::Impl::WriteEvents(Session& session, HttpResponse& response) {
  session.keep_alive = false;
  http::response<http::empty_body> message;
  SetHeaders(session, response, message);
  http::response_serializer<http::empty_body> serializer(message);
  SetDeadline(session, limits_.write);
  auto [header_error, header_size] =
      co_await http::async_write_header(session.socket, serializer, kTuple);
  asio::steady_timer pause(context_);
  bool is_done = static_cast<bool>(header_error) || session.request.method == "HEAD";
  while (!is_done && !stopping_) {
    const EventPoll poll = response.events();
    is_done = poll.done;
    if (!poll.text.empty()) {
      SetDeadline(session, limits_.write);
      auto [error, size] =
          co_await asio::async_write(session.socket, asio::buffer(poll.text), kTuple);
      if (error) co_return false;
    }
    if (is_done) break;
    ClearDeadline(session);
    pause.expires_after(kEventPause);
    co_await pause.async_wait(kTuple);
  }
  ClearDeadline(session);
  co_return true;
}

/// Closes so that the client gets the last answer: a close with bytes unread would reset the
/// connection and throw the answer away, so what still comes is read and dropped for a while.
asio::awaitable<void> HttpServer::Impl::Linger(Session& session) {
  ErrorCode failure;
  session.socket.shutdown(tcp::socket::shutdown_send, failure);
  if (!session.body_unread) co_return;
  session.buffer.clear();
  SetDeadline(session, limits_.linger);
  while (!failure && !session.timed_out) {
    const auto space = session.buffer.prepare(kLingerReadBytes);
    auto [error, size] = co_await session.socket.async_read_some(space, kTuple);
    failure = error;
  }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Router router,
                                                      const HttpServerOptions& options,
                                                      Metrics& metrics) {
  for (const std::string& origin : options.allowed_origins)
    if (auto status = CheckOrigin(origin); !status)
      return std::unexpected(std::move(status).error());
  AddPreflightRoutes(router, options.allowed_origins);
  auto impl = std::make_unique<Impl>(std::move(router), options, metrics);
  if (auto status = impl->Listen(options.host, options.port); !status)
    return std::unexpected(std::move(status).error());
  if (!options.otlp_endpoint.empty())
    if (auto status = impl->SendSpansTo(options.otlp_endpoint); !status)
      return std::unexpected(std::move(status).error());
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const {
  return impl_->port();
}
void HttpServer::Stop() {
  impl_->Stop();
}
void HttpServer::Wait() {
  impl_->Wait();
}

}  // namespace snapshelf
