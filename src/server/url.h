#pragma once

#include <string>
#include <string_view>

#include "server/http.h"
#include "snapshelf/result.h"

namespace snapshelf {

enum class PlusSign : unsigned char { kIsPlus, kIsSpace };

/// "%C3%A9" -> "é". errors: kInvalidArgument for a % that is not followed by two hexadecimal
/// digits, and for a zero byte.
[[nodiscard]] Result<std::string> PercentDecode(std::string_view text,
                                                PlusSign plus = PlusSign::kIsPlus);

/// "k=5&category=Mugs+%26+cups" -> decoded pairs; a name without = has an empty value.
[[nodiscard]] Result<Fields> ParseQueryString(std::string_view text);

/// Everything but letters, digits and -._~ becomes %XX: one path segment.
[[nodiscard]] std::string PercentEncode(std::string_view text);

/// Whether `text` is well-formed UTF-8 without control characters.
[[nodiscard]] bool IsPlainText(std::string_view text);

}  // namespace snapshelf
