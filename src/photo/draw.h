#pragma once

#include <string>
#include <vector>

#include "photo/image.h"

namespace snapshelf {

/// One object of a contact sheet: its box on the photo, a caption, and the pictures found for it
/// with a caption each, best first.
struct SheetRow {
  Box box;
  std::string caption;
  struct Match {
    Image picture;
    std::string caption;  ///< one or two lines, parted by "\n"; each is cut to the picture's width
  };
  std::vector<Match> matches;
};

/// The photo with numbered boxes on the left and one row of matches per object on the right: made
/// for people to judge a search by eye. About 480 + 164 * matches pixels wide. Without an installed
/// font (Debian: fonts-dejavu-core) there are no captions. InitPhoto comes first.
[[nodiscard]] Image DrawSheet(const Photo& photo, const std::vector<SheetRow>& rows);

}  // namespace snapshelf
