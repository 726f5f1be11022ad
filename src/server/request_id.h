#pragma once

#include <string>
#include <string_view>

namespace snapshelf {

/// 16 random hexadecimal digits. Thread-safe.
[[nodiscard]] std::string MakeRequestId();

/// `given` if it is 1 to 64 characters of A-Z a-z 0-9 . _ - (safe in logs and headers), else a new
/// one.
[[nodiscard]] std::string TakeOrMakeRequestId(std::string_view given);

}  // namespace snapshelf
