#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snapshelf {

/// A line of text as coverage. `alpha`: [height, width] uint8, 255 where the ink is full.
struct TextMask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> alpha;
};

struct TextStyle {
  int size = 12;  ///< font size in pixels
  bool bold = false;
  int width_max = 0;  ///< longer text is cut and ends in an ellipsis; 0: no limit
};

/// Renders one line of UTF-8 text in a sans serif font (Debian: fonts-dejavu-core). Empty when the
/// text is empty or no font is installed: a picture without words is better than none.
[[nodiscard]] TextMask RenderText(const std::string& text, const TextStyle& style);

}  // namespace snapshelf
