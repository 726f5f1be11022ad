// Proves that a cursor comes back as it went, and that anything else is none.
#include "server/cursor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace snapshelf {
namespace {

TEST(Cursor, ComesBackAsItWent) {
  const Box box{.x = 0.1F, .y = 1.0F / 3, .width = 1279.5F, .height = 7e-5F};
  const std::string text = WriteCursor({.box = box, .offset = 40, .second_look = true});
  EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  })) << text;
  const auto cursor = ReadCursor(text);
  ASSERT_TRUE(cursor && cursor->box);
  EXPECT_EQ(cursor->box->x, box.x);
  EXPECT_EQ(cursor->box->y, box.y);
  EXPECT_EQ(cursor->box->width, box.width);
  EXPECT_EQ(cursor->box->height, box.height);
  EXPECT_EQ(cursor->offset, 40);
  EXPECT_TRUE(cursor->second_look);
}

TEST(Cursor, WithoutABoxComesBackWithoutOne) {
  const auto cursor = ReadCursor(WriteCursor({.box = {}, .offset = 7, .second_look = false}));
  ASSERT_TRUE(cursor);
  EXPECT_FALSE(cursor->box);
  EXPECT_EQ(cursor->offset, 7);
  EXPECT_FALSE(cursor->second_look);
}

TEST(Cursor, IsNothingElse) {
  for (const char* const text :
       {"", "1", "2_20_1", "1_-1_1", "1_20_2", "1_x_1", "1_20_1_1_2_3", "1_20_1_1_2_3_nan",
        "1_20_1_1_2_3_inf", "1_20_1_1_2_3_4_5", "1_99999999999_1", "1_20_1_1_2_3_"})
    EXPECT_FALSE(ReadCursor(text)) << text;
}

}  // namespace
}  // namespace snapshelf
