// Proves that CSV is read as RFC 4180 says and as exports write it, and that a bad row is named and
// costs only itself.
#include <gmock/gmock.h>

#include "feeds/feed_test_util.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

class CsvFeedTest : public FeedTest {
 protected:
  FeedContent Read(std::string_view text) { return ReadAll(Write("feed.csv", text)); }

  Error OpenFailure(std::string_view text) {
    const auto feed = OpenFeed(Write("feed.csv", text));
    EXPECT_FALSE(feed);
    return feed ? Error{} : feed.error();
  }
};

TEST_F(CsvFeedTest, ReadsEveryColumnInAnyOrderAndCase) {
  const FeedContent content = Read(
      "Image_Link,ID,title,Title_DE,description,category,brand,price,currency,availability,link,"
      "color,material,additional_image_link\n"
      "a.jpg,1, Mug ,Becher,Round,Kitchen > Mugs,Alto,12.10,EUR,in "
      "stock,https://x.example,Red/White,"
      "wool,"
      "b.jpg|sub/c.jpg\n");
  ASSERT_THAT(content.drafts, SizeIs(1));
  const ProductDraft& draft = content.drafts[0];
  EXPECT_EQ(draft.line, 2);
  EXPECT_EQ(draft.id, "1");
  EXPECT_THAT(draft.titles, ElementsAre(Pair("", "Mug"), Pair("de", "Becher")));
  EXPECT_EQ(draft.description, "Round");
  EXPECT_EQ(draft.category, "Kitchen > Mugs");
  EXPECT_EQ(draft.brand, "Alto");
  EXPECT_EQ(draft.color, "Red/White");
  EXPECT_EQ(draft.price, "12.10");
  EXPECT_EQ(draft.currency, "EUR");
  EXPECT_EQ(draft.availability, "in stock");
  EXPECT_EQ(draft.link, "https://x.example");
  EXPECT_THAT(draft.pictures,
              ElementsAre(folder_ / "a.jpg", folder_ / "b.jpg", folder_ / "sub/c.jpg"));
}

TEST_F(CsvFeedTest, TakesQuotesCommasAndLineEndsInsideQuotes) {
  const FeedContent content = Read(
      "id,title,image_link\r\n"
      "1,\"A \"\"big\"\" mug,\r\nblue\",a.jpg\r\n"
      "2,\"\",\"b.jpg\"\r\n"
      "3,5\" pipe,c.jpg");
  ASSERT_THAT(content.drafts, SizeIs(3));
  EXPECT_EQ(content.drafts[0].titles.at(""), "A \"big\" mug,\nblue");
  EXPECT_TRUE(content.drafts[1].titles.empty());
  EXPECT_EQ(content.drafts[1].line, 4);
  EXPECT_EQ(content.drafts[2].titles.at(""), "5\" pipe");
}

TEST_F(CsvFeedTest, SkipsByteOrderMarkAndEmptyLines) {
  const FeedContent content = Read("\xEF\xBB\xBF\"id\",image_link\n\n1,a.jpg\n  \n\n2,b.jpg\n\n");
  ASSERT_THAT(content.drafts, SizeIs(2));
  EXPECT_EQ(content.drafts[1].line, 6);
  EXPECT_THAT(content.bad_rows, SizeIs(0));
}

TEST_F(CsvFeedTest, SplitsPicturesAtBarsElseAtCommas) {
  const FeedContent content = Read(
      "id,image_link,additional_image_link\n"
      "1,a.jpg,\"b.jpg, c.jpg\"\n"
      "2,a.jpg,\"b,1.jpg|c.jpg\"\n"
      "3,\"a,1.jpg\",\n");
  ASSERT_THAT(content.drafts, SizeIs(3));
  EXPECT_THAT(content.drafts[0].pictures,
              ElementsAre(folder_ / "a.jpg", folder_ / "b.jpg", folder_ / "c.jpg"));
  EXPECT_THAT(content.drafts[1].pictures,
              ElementsAre(folder_ / "a.jpg", folder_ / "b,1.jpg", folder_ / "c.jpg"));
  EXPECT_THAT(content.drafts[2].pictures, ElementsAre(folder_ / "a,1.jpg"));
}

TEST_F(CsvFeedTest, KeepsAbsolutePicturePaths) {
  EXPECT_THAT(Read("id,image_link\n1,/pictures/a.jpg\n").drafts.at(0).pictures,
              ElementsAre("/pictures/a.jpg"));
}

TEST_F(CsvFeedTest, ReportsARowOfAnotherWidthAndGoesOn) {
  const FeedContent content = Read("id,image_link\n1\n2,b.jpg,extra\n3,c.jpg\n");
  ASSERT_THAT(content.bad_rows, SizeIs(2));
  EXPECT_EQ(content.bad_rows[0].line, 2);
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("1 fields, but the header has 2"));
  EXPECT_EQ(content.bad_rows[1].line, 3);
  ASSERT_THAT(content.drafts, SizeIs(1));
  EXPECT_EQ(content.drafts[0].id, "3");
}

TEST_F(CsvFeedTest, AQuoteThatIsNeverClosedCostsOnlyItsOwnRow) {
  const FeedContent content =
      Read("id,title,image_link\n1,\"Mug,a.jpg\n2,Cup,b.jpg\n3,Pot,c.jpg\n");
  ASSERT_THAT(content.bad_rows, SizeIs(1));
  EXPECT_EQ(content.bad_rows[0].line, 2);
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("field 2 is never closed"));
  ASSERT_THAT(content.drafts, SizeIs(2));
  EXPECT_EQ(content.drafts[0].line, 3);
}

TEST_F(CsvFeedTest, TextAfterAClosingQuoteIsABadRow) {
  const FeedContent content = Read("id,title,image_link\n1,\"Mug\" blue,a.jpg\n2,\"Cup\" ,b.jpg\n");
  ASSERT_THAT(content.bad_rows, SizeIs(1));
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("after the closing quote of field 2"));
  ASSERT_THAT(content.drafts, SizeIs(1));
}

TEST_F(CsvFeedTest, ARowThatIsTooLongCostsOnlyItself) {
  const std::string long_line(3 << 20, 'x');
  const FeedContent content =
      Read("id,title,image_link\n1," + long_line + ",a.jpg\n2,Cup,b.jpg\n3,\"open\n" + long_line);
  ASSERT_THAT(content.bad_rows, SizeIs(3));  // the last line stands alone again
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("longer than"));
  EXPECT_THAT(content.bad_rows[1].reason, HasSubstr("closing quote"));
  ASSERT_THAT(content.drafts, SizeIs(1));
  EXPECT_EQ(content.drafts[0].line, 3);
}

TEST_F(CsvFeedTest, SaysWhatARowIsMissing) {
  const FeedContent content = Read("id,image_link\n,a.jpg\n2, \n");
  ASSERT_THAT(content.bad_rows, SizeIs(2));
  EXPECT_EQ(content.bad_rows[0].reason, "id is missing");
  EXPECT_EQ(content.bad_rows[1].reason, "image_link is missing");
  EXPECT_EQ(content.bad_rows[1].id, "2");
}

TEST_F(CsvFeedTest, DoesNotFetchPictureAddresses) {
  const FeedContent content = Read(
      "id,image_link,additional_image_link\n"
      "1,http://x.example/a.jpg,\n"
      "2,a.jpg,HTTPS://x.example/b.jpg\n"
      "3,\"data:image/png;base64,AAAA\",\n"
      "4,a:b.jpg,\n");
  ASSERT_THAT(content.bad_rows, SizeIs(3));
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("picture addresses are not fetched"));
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("http://x.example/a.jpg"));
  EXPECT_THAT(content.drafts, SizeIs(1));
}

TEST_F(CsvFeedTest, ReportsTextThatIsNotUtf8) {
  const FeedContent content = Read("id,title,image_link\n1,Gr\xFC\xDF,a.jpg\n2,Grün,b.jpg\n");
  ASSERT_THAT(content.bad_rows, SizeIs(1));
  EXPECT_EQ(content.bad_rows[0].id, "1");
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("UTF-8"));
  EXPECT_THAT(content.drafts, SizeIs(1));
}

TEST_F(CsvFeedTest, RefusesAHeaderWithoutIdOrPicture) {
  for (const std::string_view text : {"", "id,title\n", "title,image_link\n", "id;image_link\n"})
    EXPECT_EQ(OpenFailure(text).code, Code::kInvalidArgument) << text;
  EXPECT_THAT(OpenFailure("id;image_link\n").message, HasSubstr("separated by commas"));
}

TEST_F(CsvFeedTest, RefusesAColumnThatIsThereTwice) {
  EXPECT_THAT(OpenFailure("id,image_link,ID\n").message, HasSubstr("ID is there twice"));
}

TEST_F(CsvFeedTest, GuessesTheNumberOfRowsFromTheBytes) {
  std::string text = "id,image_link\n";
  for (int i = 1000; i < 2000; ++i) text += std::to_string(i) + ",a.jpg\n";
  auto feed = OpenFeed(Write("feed.csv", text));
  ASSERT_TRUE(feed);
  EXPECT_EQ((*feed)->RowsEstimate(), 0);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE((*feed)->Next());
  EXPECT_NEAR(static_cast<double>((*feed)->RowsEstimate()), 1000, 10);
  while (*(*feed)->Next()) {
  }
  EXPECT_EQ((*feed)->RowsEstimate(), 1000);
}

TEST_F(CsvFeedTest, NamesTheKindsItKnowsForAnotherFile) {
  const auto feed = OpenFeed(Write("feed.xml", "<rss/>"));
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::kInvalidArgument);
  EXPECT_THAT(feed.error().message, HasSubstr(".jsonl"));
}

TEST_F(CsvFeedTest, NamesTheMissingFile) {
  const auto feed = OpenFeed(folder_ / "missing.csv");
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::kNotFound);
  EXPECT_THAT(feed.error().message, HasSubstr("missing.csv"));
}

}  // namespace
}  // namespace snapshelf
