#pragma once

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/http.h"
#include "server/http_server.h"

namespace snapshelf {

/// One connection, and the request that it carries now. Belongs to the server's I/O thread.
struct Session : std::enable_shared_from_this<Session> {
  explicit Session(boost::asio::ip::tcp::socket socket_in)
      : socket(std::move(socket_in)), deadline(socket.get_executor()) {}

  boost::asio::ip::tcp::socket socket;
  boost::asio::steady_timer deadline;
  boost::beast::flat_buffer buffer;
  bool is_idle = false;
  bool timed_out = false;
  bool body_unread = false;
  std::size_t body_bytes = 0;  ///< charged to the sum of all bodies
  HttpRequest request;
  std::string_view route = "none";  ///< its name for log and metrics
  unsigned version = 11;
  bool keep_alive = false;
};

/// Cancels what the socket waits for at `when`; the socket itself stays open so that the client can
/// be told.
void SetDeadline(Session& session, std::chrono::steady_clock::time_point when);
void SetDeadline(Session& session, std::chrono::milliseconds from_now);
void ClearDeadline(Session& session);

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

/// What to answer when reading failed; nothing when there is nobody to answer.
std::optional<Problem> ProblemOfRead(const Session& session, boost::system::error_code error,
                                     std::string_view what, const HttpLimits& limits);

/// Takes method, address and headers over from the parser.
std::optional<Problem> FillRequest(const RequestParser& parser, HttpRequest& request);

/// The status line, and all headers but those that the body's length decides.
void SetHeaders(const Session& session, const HttpResponse& response,
                boost::beast::http::response_header<>& message);

}  // namespace snapshelf
