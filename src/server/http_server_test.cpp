// The HTTP facade over real sockets: limits, slow clients, full lines and stopping.
#include "server/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "server/problem.h"

namespace snapshelf {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

/// A blocking client that sends what it is told, well formed or not.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};  // a hang fails instead of staying
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Everything until the server closes.
  std::string ReadAll() {
    std::string all = std::move(pending_);
    while (ReadSome(all)) {
    }
    return all;
  }

  /// One answer with a Content-Length.
  std::string ReadAnswer() {
    std::string text = std::move(pending_);
    std::size_t end = std::string::npos;
    while ((end = text.find("\r\n\r\n")) == std::string::npos)
      if (!ReadSome(text)) return text;
    const std::size_t header = text.find("Content-Length: ");
    const std::size_t size = end + 4 + (header < end ? std::stoul(text.substr(header + 16)) : 0);
    while (text.size() < size)
      if (!ReadSome(text)) return text;
    pending_ = text.substr(size);
    return text.substr(0, size);
  }

  std::string Ask(std::string_view request) {
    Send(request);
    return ReadAnswer();
  }

 private:
  bool ReadSome(std::string& text) {
    char piece[4096];
    const ssize_t size = recv(socket_, piece, sizeof piece, 0);
    if (size <= 0) return false;
    text.append(piece, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string pending_;
};

/// Lets handlers wait until the test says go.
struct Brake {
  std::atomic<int> waiting = 0;
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  void WaitFor(int count) const {
    while (waiting < count) std::this_thread::yield();
  }
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    Router router;
    const auto echo = [](const HttpRequest& request) -> HttpResult {
      return HttpResponse{.media_type = "text/plain", .body = request.method + " " + request.body};
    };
    router.Add({.method = "GET", .pattern = "/echo", .handler = echo});
    router.Add({.method = "POST", .pattern = "/echo", .lane = Lane::kCompute, .handler = echo});
    router.Add({.method = "GET",
                .pattern = "/slow",
                .lane = Lane::kCompute,
                .handler = [this](const HttpRequest&) -> HttpResult {
                  ++brake_.waiting;
                  brake_.gone.wait();
                  return HttpResponse{.body = "slow answer"};
                }});
    router.Add(
        {.method = "GET",
         .pattern = "/throws",
         .lane = Lane::kCompute,
         .handler = [](const HttpRequest&) -> HttpResult { throw std::runtime_error("oops"); }});
    router.Add(
        {.method = "GET", .pattern = "/events", .handler = [](const HttpRequest&) -> HttpResult {
           HttpResponse response{.media_type = "text/event-stream"};
           response.events = [count = 0]() mutable {
             ++count;
             return EventPoll{.text = "data: " + std::to_string(count) + "\n\n",
                              .done = count == 3};
           };
           return response;
         }});
    auto server = HttpServer::Start(std::move(router), options, metrics_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  std::string Ask(std::string_view request) { return Client(server_->port()).Ask(request); }

  Metrics metrics_;
  Brake brake_;
  std::unique_ptr<HttpServer> server_;
};

constexpr std::string_view kGetEcho = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kGetSlow = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(HttpServerTest, AnswersAgainOnTheSameConnection) {
  Start();
  Client client(server_->port());
  EXPECT_THAT(client.Ask("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
              HasSubstr("\r\n\r\nPOST abc"));
  EXPECT_THAT(client.Ask(kGetEcho), HasSubstr("\r\n\r\nGET "));
  // Two at once.
  client.Send(std::string(kGetEcho) + std::string(kGetEcho));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  Start();
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
              HasSubstr("POST abc"));
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  Start();
  Client client(server_->port());
  client.Send("HEAD /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, ReturnsTheRequestId) {
  Start();
  EXPECT_THAT(Ask("GET /echo HTTP/1.1\r\nX-Request-Id: abc-7\r\n\r\n"),
              HasSubstr("X-Request-Id: abc-7\r\n"));
  EXPECT_THAT(Ask(kGetEcho), HasSubstr("X-Request-Id: "));
  EXPECT_THAT(Ask("GET /none HTTP/1.1\r\nX-Request-Id: abc-8\r\n\r\n"),
              HasSubstr("\"request_id\":\"abc-8\""));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  Start();
  EXPECT_THAT(Ask("\x16\x03\x01\x02\x00\x01\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(Ask("GET /echo\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Ask("GET /echo?a=%zz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Ask("GET /none HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask("PUT /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
              HasSubstr("Allow: GET, HEAD, POST\r\n"));
}

TEST_F(HttpServerTest, RefusesLongHeaders) {
  Start();
  const std::string answer =
      Ask("GET /echo HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, RefusesLargeBodiesBeforeTheyArrive) {
  Start({.limits = {.body_bytes_max = 1000}});
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, RefusesLargeChunkedBodiesWhileTheyArrive) {
  Start({.limits = {.body_bytes_max = 1000}});
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4e2\r\n" +
                  std::string(1250, 'x')),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, ClientThatSendsOnStillGetsItsAnswer) {
  Start({.limits = {.body_bytes_max = 1000}});
  Client client(server_->port());
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n"));
  EXPECT_TRUE(client.Send(std::string(20'000'000, 'x')));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, BoundsTheSumOfAllBodies) {
  Start({.limits = {.all_bodies_bytes_max = 1000}});
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x')),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: ")));
  // What was refused no longer counts.
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x')),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AsksForTheBodyWhenExpected) {
  Start();
  Client client(server_->port());
  EXPECT_THAT(
      client.Ask("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
      StartsWith("HTTP/1.1 100 Continue"));
  EXPECT_THAT(client.Ask("ab"), HasSubstr("POST ab"));
}

TEST_F(HttpServerTest, TellsSlowClientsAndCloses) {
  Start({.limits = {.header = milliseconds(50), .body_pause = milliseconds(50)}});
  Client in_header(server_->port());
  in_header.Send("GET /echo HTTP/1.1\r\nHos");
  EXPECT_THAT(in_header.ReadAll(),
              AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("Connection: close")));
  Client in_body(server_->port());
  in_body.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(in_body.ReadAll(), StartsWith("HTTP/1.1 408"));
}

TEST_F(HttpServerTest, ClosesIdleConnections) {
  Start({.limits = {.idle = milliseconds(50)}});
  Client client(server_->port());
  client.Ask(kGetEcho);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HttpServerTest, SlowClientsDoNotHoldOthersUp) {
  Start();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<Client>(server_->port()));
    slow.back()->Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  }
  EXPECT_THAT(Ask(kGetEcho), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, FullLineAnswersBusy) {
  Start({.compute_threads = 1, .compute_queue = 1});
  Client running(server_->port());
  running.Send(kGetSlow);
  brake_.WaitFor(1);
  // One more may wait; of two, one is refused at once.
  Client a(server_->port());
  Client b(server_->port());
  std::promise<std::string> refused;
  std::atomic<int> answers = 0;
  const auto ask = [&](Client& client) {
    const std::string answer = client.Ask(kGetSlow);
    if (answers++ == 0) refused.set_value(answer);
    return answer;
  };
  auto first = std::async(std::launch::async, ask, std::ref(a));
  auto second = std::async(std::launch::async, ask, std::ref(b));
  EXPECT_THAT(refused.get_future().get(),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 1\r\n"),
                    HasSubstr("application/problem+json")));
  EXPECT_THAT(Ask(kGetEcho), StartsWith("HTTP/1.1 200"));  // other lanes go on
  brake_.go.set_value();
  EXPECT_THAT(running.ReadAnswer(), HasSubstr("slow answer"));
  first.wait();
  second.wait();
}

TEST_F(HttpServerTest, StopFinishesWhatWasTaken) {
  Start();
  Client running(server_->port());
  Client idle(server_->port());
  idle.Ask(kGetEcho);
  running.Send(kGetSlow);
  brake_.WaitFor(1);
  server_->Stop();
  EXPECT_EQ(idle.ReadAll(), "");  // closed at once
  brake_.go.set_value();
  EXPECT_THAT(running.ReadAll(), AllOf(HasSubstr("slow answer"), HasSubstr("Connection: close")));
  server_->Wait();
}

TEST_F(HttpServerTest, StopDoesNotWaitForeverForSlowClients) {
  Start({.limits = {.shutdown = milliseconds(50)}});
  Client client(server_->port());
  client.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  Ask(kGetEcho);  // the slow request is being read by now or will be refused
  server_->Stop();
  server_->Wait();
}

TEST_F(HttpServerTest, ExceptionsBecomeAnAnswer) {
  Start();
  const std::string answer = Ask("GET /throws HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, Not(HasSubstr("oops")));
}

TEST_F(HttpServerTest, StreamsEventsUntilDone) {
  Start();
  Client client(server_->port());
  client.Send("GET /events HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadAll().ends_with("\r\n\r\ndata: 1\n\ndata: 2\n\ndata: 3\n\n"));
}

TEST_F(HttpServerTest, CountsByRouteMethodAndStatus) {
  Start();
  Ask(kGetEcho);
  Ask("BREW /echo HTTP/1.1\r\n\r\n");
  // The count follows the answer: a later request on the one I/O thread sees it.
  Ask(kGetEcho);
  const std::string text = metrics_.Write();
  EXPECT_THAT(text,
              HasSubstr("http_server_request_duration_seconds_count{route=\"/echo\",method=\"GET\","
                        "status=\"200\"}"));
  EXPECT_THAT(text, HasSubstr("method=\"OTHER\",status=\"405\"}"));
  EXPECT_THAT(text, HasSubstr("snapshelf_compute_queue_depth 0"));
}

TEST_F(HttpServerTest, TakenPortIsAnError) {
  Start();
  const auto second = HttpServer::Start({}, {.port = server_->port()}, metrics_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_EQ(HttpServer::Start({}, {.host = "nowhere"}, metrics_).error().code,
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace snapshelf
