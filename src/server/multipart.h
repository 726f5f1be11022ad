#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// One field or file of a form. `bytes` points into the body that was parsed.
struct FormPart {
  std::string name;
  std::string media_type;  ///< lower case, without parameters; empty if not given
  bool is_file = false;    ///< has a file name
  std::string_view bytes;
};

struct FormLimits {
  int parts_max = 64;
  std::size_t part_header_bytes_max = 4096;
};

/// Parses multipart/form-data (RFC 7578).
///
/// content_type: the request's header, with its boundary.
/// errors: kInvalidArgument for a missing or malformed boundary, a body that ends before the
/// closing boundary, a part without a name; kResourceExhausted beyond the limits.
[[nodiscard]] Result<std::vector<FormPart>> ParseForm(std::string_view content_type,
                                                      std::string_view body,
                                                      const FormLimits& limits = {});

}  // namespace snapshelf
