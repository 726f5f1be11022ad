// Proves that a folder of pictures is one product each, in a fixed order, named after the files.
#include <gmock/gmock.h>

#include "feeds/feed_test_util.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST_F(FeedTest, FolderGivesAProductPerPictureSortedByPath) {
  Write("shoes/red-shoe_2.JPG", "x");
  Write("mug.png", "x");
  Write("shoes/boot.webp", "x");
  const FeedContent content = ReadAll(folder_);
  ASSERT_THAT(content.drafts, SizeIs(3));
  EXPECT_EQ(content.drafts[0].id, "mug");
  EXPECT_EQ(content.drafts[1].id, "shoes/boot");
  EXPECT_EQ(content.drafts[2].id, "shoes/red-shoe_2");
  EXPECT_EQ(content.drafts[2].titles.at(""), "red shoe 2");
  EXPECT_THAT(content.drafts[2].pictures, ElementsAre(folder_ / "shoes/red-shoe_2.JPG"));
}

TEST_F(FeedTest, FolderLeavesOutHiddenAndOtherFiles) {
  Write(".hidden/a.jpg", "x");
  Write(".b.jpg", "x");
  Write("notes.txt", "x");
  Write("c.heic", "x");
  const FeedContent content = ReadAll(folder_);
  ASSERT_THAT(content.drafts, SizeIs(1));
  EXPECT_EQ(content.drafts[0].id, "c");
}

TEST_F(FeedTest, FolderKnowsItsNumberOfRowsAtOnce) {
  Write("a.jpg", "x");
  Write("b.jpg", "x");
  const auto feed = OpenFeed(folder_);
  ASSERT_TRUE(feed);
  EXPECT_EQ((*feed)->RowsEstimate(), 2);
}

TEST_F(FeedTest, FolderReportsAFileNameThatIsNotUtf8) {
  Write("b\xFC.jpg", "x");
  Write("a.jpg", "x");
  const FeedContent content = ReadAll(folder_);
  EXPECT_THAT(content.drafts, SizeIs(1));
  EXPECT_THAT(content.bad_rows, SizeIs(1));
}

TEST_F(FeedTest, EmptyFolderHasNoRows) {
  const FeedContent content = ReadAll(folder_);
  EXPECT_THAT(content.drafts, SizeIs(0));
  EXPECT_THAT(content.bad_rows, SizeIs(0));
}

}  // namespace
}  // namespace snapshelf
