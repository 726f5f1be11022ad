#pragma once

#include <string>
#include <string_view>

#include "server/http.h"

namespace snapshelf {

/// Whether a client that sent this Accept-Encoding takes gzip (RFC 9110, 12.5.3).
[[nodiscard]] bool AcceptsGzip(std::string_view accept_encoding);

/// Text of more than one packet; pictures are packed already.
[[nodiscard]] bool IsWorthPacking(std::string_view media_type, std::size_t bytes);

/// `level` 1 (quick) to 9 (small).
[[nodiscard]] std::string Gzip(std::string_view bytes, int level);

/// Packs the body for a client that takes it, unless it is packed or not worth it.
void PackBody(const HttpRequest& request, HttpResponse& response);

}  // namespace snapshelf
