#pragma once

#include <string>
#include <string_view>

#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// The error of an SQLSTATE: kUnavailable for a server that ends, is starting, is read-only or
/// whose locks or connections are taken; kDeadlineExceeded for a statement that took too long;
/// kResourceExhausted for a full disk; kInvalidArgument for text that it cannot hold; kCorruption
/// for damaged pages; kInternal for the rest. The message names the database and says what to do.
[[nodiscard]] Error MakeError(std::string_view database, std::string_view sqlstate,
                              std::string_view message);

/// An SQLSTATE after which the server closes the connection.
[[nodiscard]] bool EndsConnection(std::string_view sqlstate);

/// "user@host:port/database" of an address. errors: kInvalidArgument, which does not repeat the
/// address: it may hold a password.
[[nodiscard]] Result<std::string> NameOf(const std::string& url);

/// libpq's message on one line, without the password of `url` should it stand there.
[[nodiscard]] std::string WithoutSecrets(std::string message, const std::string& url);

}  // namespace snapshelf::postgres
