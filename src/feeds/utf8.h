#pragma once

#include <string_view>

namespace snapshelf {

/// Whether `text` is UTF-8 (RFC 3629) without NUL: what JSON answers and file paths can carry.
[[nodiscard]] bool IsUtf8Text(std::string_view text);

}  // namespace snapshelf
