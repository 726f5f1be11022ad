#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/find_products.h"

namespace snapshelf {

/// Where an answer's further products begin.
struct Cursor {
  std::optional<Box> box;  ///< the object in the photo; none for the products similar to another
  int offset = 0;
  bool second_look = false;
};

/// Text of A-Z a-z 0-9 - _ only, for clients to give back as it is.
[[nodiscard]] std::string WriteCursor(const Cursor& cursor);

/// Nothing if WriteCursor did not write it.
[[nodiscard]] std::optional<Cursor> ReadCursor(std::string_view text);

}  // namespace snapshelf
