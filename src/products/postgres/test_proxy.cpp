#include "products/postgres/test_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace snapshelf::postgres {
namespace {

constexpr int kLookMs = 20;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace

TestProxy::TestProxy(int server_port)
    : server_port_(server_port), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  SNAPSHELF_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  SNAPSHELF_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  SNAPSHELF_CHECK(listen(listener_, 16) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { Accept(); });
}

TestProxy::~TestProxy() {
  ends_ = true;
}

void TestProxy::CutAtAnswerTo(std::string statement) {
  statement_ = std::move(statement);
  is_armed_ = true;
}

void TestProxy::Accept() {
  std::vector<std::jthread> connections;
  while (!ends_) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kLookMs) <= 0) continue;
    if (has_cut_ && stays_down_) break;
    const int client = accept(listener_, nullptr, nullptr);
    connections.emplace_back([this, client] { Serve(client); });
  }
  close(listener_);
}

bool TestProxy::Names(const char* bytes, long size) const {
  return std::string_view(bytes, static_cast<std::size_t>(size)).contains(statement_);
}

void TestProxy::Serve(int client) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(server_port_);
  bool is_open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  bool cut_at_answer = false;
  while (is_open && !ends_) {
    std::array<pollfd, 2> ends = {pollfd{.fd = client, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = server, .events = POLLIN, .revents = 0}};
    if (poll(ends.data(), ends.size(), kLookMs) <= 0) continue;
    for (const pollfd& end : ends) {
      if (end.revents == 0) continue;
      std::array<char, 65536> bytes{};
      const auto size = recv(end.fd, bytes.data(), bytes.size(), 0);
      const bool is_answer = end.fd == server;
      if (size <= 0 || (is_answer && cut_at_answer)) {
        has_cut_ = has_cut_ || cut_at_answer;
        is_open = false;
        break;
      }
      if (!is_answer && is_armed_ && Names(bytes.data(), size)) {
        is_armed_ = false;
        cut_at_answer = true;
      }
      if (send(is_answer ? client : server, bytes.data(), static_cast<std::size_t>(size),
               MSG_NOSIGNAL) != size)
        is_open = false;
    }
  }
  close(client);
  close(server);
}

}  // namespace snapshelf::postgres
