#include "server/http.h"

#include <algorithm>
#include <cctype>

namespace snapshelf {

std::string_view HttpRequest::Header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Fields::value_type::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string HttpRequest::MediaType() const {
  std::string type(Header("content-type"));
  type.resize(std::min(type.find(';'), type.size()));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

}  // namespace snapshelf
