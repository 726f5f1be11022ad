#include "server/cursor.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace snapshelf {
namespace {

// Read as text between underscores: "1_20_1_12.5_0_100_80" with every "." as "p" and "-" kept.
constexpr std::string_view kVersion = "1";
constexpr std::size_t kSimilarParts = 3;
constexpr std::size_t kBoxParts = 7;

std::string NumberText(float value) {
  std::string text = fmt::format("{}", value);
  for (char& c : text)
    if (c == '.') c = 'p';
  return text;
}

template <class T>
std::optional<T> ReadNumber(std::string text) {
  for (char& c : text)
    if (c == 'p') c = '.';
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find('_'), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string WriteCursor(const Cursor& cursor) {
  std::string text = fmt::format("{}_{}_{}", kVersion, cursor.offset, cursor.second_look ? 1 : 0);
  if (cursor.box)
    for (const float side : {cursor.box->x, cursor.box->y, cursor.box->width, cursor.box->height})
      text += "_" + NumberText(side);
  return text;
}

std::optional<Cursor> ReadCursor(std::string_view text) {
  const auto parts = Split(text);
  if (parts.front() != kVersion || (parts.size() != kSimilarParts && parts.size() != kBoxParts))
    return std::nullopt;
  const auto offset = ReadNumber<int>(parts[1]);
  if (!offset || *offset < 0 || (parts[2] != "0" && parts[2] != "1")) return std::nullopt;
  Cursor cursor{.box = {}, .offset = *offset, .second_look = parts[2] == "1"};
  if (parts.size() == kSimilarParts) return cursor;
  std::array<float, 4> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const auto side = ReadNumber<float>(parts[kSimilarParts + i]);
    if (!side || !std::isfinite(*side)) return std::nullopt;
    sides[i] = *side;
  }
  cursor.box = Box{.x = sides[0], .y = sides[1], .width = sides[2], .height = sides[3]};
  return cursor;
}

}  // namespace snapshelf
