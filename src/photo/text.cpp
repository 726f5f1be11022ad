#include "photo/text.h"

#include <fmt/format.h>
#include <glib.h>
#include <vips/vips.h>

#include <memory>
#include <optional>

namespace snapshelf {
namespace {

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};

struct Free {
  void operator()(char* text) const { g_free(text); }
};
using GlibText = std::unique_ptr<char, Free>;

/// Valid UTF-8, on one line, with the markup characters of Pango escaped.
std::string Escape(const std::string& text) {
  const GlibText valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  std::string line = valid.get();
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  }
  const GlibText escaped(g_markup_escape_text(line.data(), static_cast<gssize>(line.size())));
  return escaped.get();
}

TextMask RenderLine(const std::string& text, const TextStyle& style) {
  // At 72 dots per inch a point is a pixel.
  const std::string font = fmt::format("sans{} {}", style.bold ? " bold" : "", style.size);
  VipsImage* out = nullptr;
  if (vips_text(&out, Escape(text).c_str(), "font", font.c_str(), "dpi", 72, nullptr) != 0) {
    vips_error_clear();
    return {};
  }
  const std::unique_ptr<VipsImage, Unref> image(out);
  std::size_t size = 0;
  const std::unique_ptr<void, void (*)(void*)> memory(
      vips_image_write_to_memory(image.get(), &size), g_free);
  const auto* const alpha = static_cast<const std::uint8_t*>(memory.get());
  if (alpha == nullptr || image->Bands != 1) return {};
  return {.width = image->Xsize, .height = image->Ysize, .alpha = {alpha, alpha + size}};
}

/// `text` without its last character (not byte).
std::string DropLast(std::string text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace

TextMask RenderText(const std::string& text, const TextStyle& style) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return {};
  TextMask mask = RenderLine(text, style);
  std::string head = text;
  while (style.width_max > 0 && mask.width > style.width_max && !head.empty()) {
    // Drop in proportion to the excess, at least one character.
    const std::size_t keep = head.size() * static_cast<std::size_t>(style.width_max) /
                             static_cast<std::size_t>(mask.width);
    do {
      head = DropLast(std::move(head));
    } while (head.size() > keep + 2);
    mask = RenderLine(head + "…", style);
  }
  return mask;
}

}  // namespace snapshelf
