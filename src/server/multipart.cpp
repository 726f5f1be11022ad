#include "server/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace snapshelf {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046, section 5.1.1

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes a quoted string with its escapes off the front of `text`.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

/// The value of `name` among the parameters of a header: `form-data; name="photo"`.
std::optional<std::string> HeaderParameter(std::string_view header, std::string_view name) {
  std::size_t semicolon = header.find(';');
  while (semicolon != std::string_view::npos) {
    header.remove_prefix(semicolon + 1);
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string found = Lower(Trim(header.substr(0, equals)));
    header = Trim(header.substr(equals + 1));
    std::optional<std::string> value;
    if (header.starts_with('"')) {
      value = TakeQuoted(header);
      if (!value) return std::nullopt;
    } else {
      value = std::string(Trim(header.substr(0, header.find(';'))));
    }
    if (found == name) return value;
    semicolon = header.find(';');
  }
  return std::nullopt;
}

Result<std::string> Boundary(std::string_view content_type) {
  auto boundary = HeaderParameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax)
    return Fail(Code::kInvalidArgument,
                fmt::format("multipart/form-data needs a boundary of 1 to {} characters in "
                            "Content-Type",
                            kBoundaryMax));
  return std::move(*boundary);
}

Result<FormPart> ParsePartHeader(std::string_view header) {
  FormPart part;
  bool named = false;
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(line.size() + 2, header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      return Fail(Code::kInvalidArgument, "a part of the form has a header line without a colon");
    const std::string name = Lower(Trim(line.substr(0, colon)));
    const std::string_view value = Trim(line.substr(colon + 1));
    if (name == "content-disposition") {
      auto field = HeaderParameter(value, "name");
      named = field.has_value() && !field->empty();
      if (named) part.name = std::move(*field);
      part.is_file = HeaderParameter(value, "filename").has_value();
    } else if (name == "content-type") {
      part.media_type = Lower(Trim(value.substr(0, value.find(';'))));
    }
  }
  if (!named) return Fail(Code::kInvalidArgument, "a part of the form has no name");
  return part;
}

Error CutOff() {
  return {.code = Code::kInvalidArgument,
          .message = "the form ends before its closing boundary; was it cut off?"};
}

/// Takes one part (after its boundary line) off the front of `rest`, up to and with `delimiter`.
Result<FormPart> TakePart(std::string_view& rest, std::string_view delimiter,
                          const FormLimits& limits) {
  const std::size_t header_end = rest.find("\r\n\r\n");
  if (header_end == std::string_view::npos) return std::unexpected(CutOff());
  if (header_end > limits.part_header_bytes_max)
    return Fail(Code::kResourceExhausted,
                fmt::format("a part's header has {} bytes; {} are allowed", header_end,
                            limits.part_header_bytes_max));
  auto part = ParsePartHeader(rest.substr(0, header_end));
  if (!part) return part;
  rest.remove_prefix(header_end + 4);
  const std::size_t end = rest.find(delimiter);
  if (end == std::string_view::npos) return std::unexpected(CutOff());
  part->bytes = rest.substr(0, end);
  rest.remove_prefix(end + delimiter.size());
  return part;
}

/// Takes what may follow a boundary off the front: "--" ends the form, else spaces and a line end.
Result<bool> TakeLineEnd(std::string_view& rest) {
  if (rest.starts_with("--")) return true;
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  if (!rest.starts_with("\r\n")) return std::unexpected(CutOff());
  rest.remove_prefix(2);
  return false;
}

}  // namespace

Result<std::vector<FormPart>> ParseForm(std::string_view content_type, std::string_view body,
                                        const FormLimits& limits) {
  const auto boundary = Boundary(content_type);
  if (!boundary) return std::unexpected(boundary.error());
  const std::string delimiter = fmt::format("\r\n--{}", *boundary);

  // The first boundary may stand at the very start, where no line end precedes it.
  std::string_view rest = body;
  if (rest.starts_with(std::string_view(delimiter).substr(2))) {
    rest.remove_prefix(delimiter.size() - 2);
  } else {
    const std::size_t start = rest.find(delimiter);
    if (start == std::string_view::npos)
      return Fail(Code::kInvalidArgument, "the form's body does not hold its boundary");
    rest.remove_prefix(start + delimiter.size());
  }

  std::vector<FormPart> parts;
  while (true) {
    const auto ended = TakeLineEnd(rest);
    if (!ended) return std::unexpected(ended.error());
    if (*ended) return parts;
    if (parts.size() >= static_cast<std::size_t>(limits.parts_max))
      return Fail(Code::kResourceExhausted,
                  fmt::format("the form has more than {} parts", limits.parts_max));
    auto part = TakePart(rest, delimiter, limits);
    if (!part) return std::unexpected(std::move(part).error());
    parts.push_back(std::move(*part));
  }
}

}  // namespace snapshelf
