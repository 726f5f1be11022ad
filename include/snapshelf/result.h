#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace snapshelf {

/// What went wrong, in ten canonical words. Only the server maps them to HTTP, in one table.
enum class Code : std::uint8_t {
  kInvalidArgument,    ///< the caller's input is wrong; the message says how to mend it
  kNotFound,           ///< a named thing does not exist
  kAlreadyExists,      ///< a thing of that name exists, or another process holds it
  kCorruption,         ///< stored bytes do not match their checksum or grammar
  kIoError,            ///< the operating system refused to read or write
  kUnavailable,        ///< busy or not ready; the same call may succeed later
  kDeadlineExceeded,   ///< took longer than the caller allowed
  kResourceExhausted,  ///< a limit of size, memory or disk space is reached
  kUnimplemented,      ///< a recognised wish that this version cannot fulfil
  kInternal,           ///< a defect of the program itself
};

/// "invalid_argument", "not_found", ...: the word used in messages and REST answers.
std::string_view CodeName(Code code);

/// An expected failure. `message` names the thing and the value and says what to do; it never holds
/// pixels or secrets.
struct Error {
  Code code = Code::kInternal;
  std::string message;
};

/// A value, or the reason why there is none. Functions that can fail for reasons outside the
/// program return it; mistakes of the programmer end in CHECK.
template <class T>
using Result = std::expected<T, Error>;

/// Success, or the reason of the failure.
using Status = Result<void>;

/// Shorthand for `return Fail(Code::kNotFound, "picture 17 ...")` in a function returning any
/// Result.
[[nodiscard]] inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

/// The same failure with `where` put before its message: "row 7: picture a.jpg: not found".
[[nodiscard]] std::unexpected<Error> Annotate(std::string_view where, Error error);

}  // namespace snapshelf
