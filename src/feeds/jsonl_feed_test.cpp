// Proves that JSON Lines give the same drafts as CSV, that numbers keep their text, and that a bad
// line is named and costs only itself.
#include <gmock/gmock.h>

#include "feeds/feed_test_util.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

class JsonlFeedTest : public FeedTest {
 protected:
  FeedContent Read(std::string_view text) { return ReadAll(Write("feed.jsonl", text)); }

  std::string Reason(std::string_view line) {
    const FeedContent content = Read(line);
    EXPECT_THAT(content.bad_rows, SizeIs(1)) << line;
    return content.bad_rows.empty() ? "" : content.bad_rows[0].reason;
  }
};

TEST_F(JsonlFeedTest, ReadsEveryKey) {
  const FeedContent content = Read(
      R"({"id":"1","title":"Mug","title_de":"Becher","description":"Round","category":"Kitchen > Mugs","brand":"Alto","price":"12.10 EUR","availability":"in_stock","link":"https://x.example","image_link":"a.jpg","additional_image_link":["b.jpg","c,1.jpg"]})"
      "\n");
  ASSERT_THAT(content.drafts, SizeIs(1));
  const ProductDraft& draft = content.drafts[0];
  EXPECT_EQ(draft.line, 1);
  EXPECT_THAT(draft.titles, ElementsAre(Pair("", "Mug"), Pair("de", "Becher")));
  EXPECT_EQ(draft.price, "12.10 EUR");
  EXPECT_EQ(draft.category, "Kitchen > Mugs");
  EXPECT_THAT(draft.pictures,
              ElementsAre(folder_ / "a.jpg", folder_ / "b.jpg", folder_ / "c,1.jpg"));
}

TEST_F(JsonlFeedTest, TakesTitlesByLanguage) {
  const FeedContent content =
      Read(R"({"id":"1","title":{"de":"Becher","pt-BR":"Caneca"},"image_link":"a.jpg"})");
  ASSERT_THAT(content.drafts, SizeIs(1));
  EXPECT_THAT(content.drafts[0].titles, ElementsAre(Pair("de", "Becher"), Pair("pt-br", "Caneca")));
}

TEST_F(JsonlFeedTest, KeepsTheTextOfNumbers) {
  const FeedContent content = Read(
      R"({"id":123456789012345678901234567890,"price":12.10,"currency":"EUR","image_link":["a.jpg","b.jpg"]}
{"id":7,"price":1299,"image_link":"a.jpg"})");
  ASSERT_THAT(content.drafts, SizeIs(2));
  EXPECT_EQ(content.drafts[0].id, "123456789012345678901234567890");
  EXPECT_EQ(content.drafts[0].price, "12.10");
  EXPECT_THAT(content.drafts[0].pictures, ElementsAre(folder_ / "a.jpg", folder_ / "b.jpg"));
  EXPECT_EQ(content.drafts[1].id, "7");
  EXPECT_EQ(content.drafts[1].price, "1299");
}

TEST_F(JsonlFeedTest, IgnoresUnknownKeysAndNull) {
  const FeedContent content = Read(
      R"({"x":{"id":["y",{"title":1}],"z":true},"id":"1","brand":null,"tags":["a",["b"]],"image_link":"a.jpg"})");
  ASSERT_THAT(content.drafts, SizeIs(1));
  EXPECT_EQ(content.drafts[0].id, "1");
  EXPECT_EQ(content.drafts[0].brand, "");
}

TEST_F(JsonlFeedTest, SkipsByteOrderMarkAndEmptyLines) {
  const FeedContent content = Read(
      "\xEF\xBB\xBF{\"id\":1,\"image_link\":\"a\"}\r\n\r\n{\"id\":2,\"image_link\":\"b\"}\r\n");
  ASSERT_THAT(content.drafts, SizeIs(2));
  EXPECT_EQ(content.drafts[1].line, 3);
}

TEST_F(JsonlFeedTest, NamesTheColumnOfASyntaxErrorAndGoesOn) {
  const FeedContent content = Read("{\"id\":1,,}\n{\"id\":\n{\"id\":3,\"image_link\":\"c.jpg\"}\n");
  ASSERT_THAT(content.bad_rows, SizeIs(2));
  EXPECT_EQ(content.bad_rows[0].line, 1);
  EXPECT_EQ(content.bad_rows[0].reason, "not JSON: an error at column 9");
  EXPECT_EQ(content.bad_rows[1].line, 2);
  EXPECT_THAT(content.drafts, SizeIs(1));
}

TEST_F(JsonlFeedTest, RefusesLinesThatAreNoObject) {
  for (const std::string_view line : {"[1]", "\"id\"", "7", "true", "[]"})
    EXPECT_THAT(Reason(line), HasSubstr("object is expected")) << line;
}

TEST_F(JsonlFeedTest, NamesTheKeyOfAWrongType) {
  EXPECT_EQ(Reason(R"({"id":"1","price":{"value":5},"image_link":"a"})"),
            "price: a text is expected");
  EXPECT_EQ(Reason(R"({"id":["1"],"image_link":"a"})"), "id: a text is expected");
  EXPECT_EQ(Reason(R"({"id":true,"image_link":"a"})"), "id: a text is expected");
  EXPECT_EQ(Reason(R"({"id":"1","image_link":[["a"]]})"),
            "image_link: a text or a list of texts is expected");
}

TEST_F(JsonlFeedTest, SaysWhatALineIsMissing) {
  EXPECT_EQ(Reason(R"({"image_link":"a.jpg"})"), "id is missing");
  EXPECT_EQ(Reason(R"({"id":"1","image_link":[]})"), "image_link is missing");
  EXPECT_EQ(Reason("{}"), "id is missing");
}

TEST_F(JsonlFeedTest, DoesNotFetchPictureAddresses) {
  EXPECT_THAT(Reason(R"({"id":"1","image_link":"http://x.example/a.jpg"})"),
              HasSubstr("picture addresses are not fetched"));
}

TEST_F(JsonlFeedTest, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(Reason("{\"id\":\"\xFC\",\"image_link\":\"a\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(Reason(R"({"id":"a\u0000b","image_link":"a"})"), HasSubstr("UTF-8"));
}

TEST_F(JsonlFeedTest, DeepNestingIsOnlyAnUnknownKey) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(Read("{\"x\":" + deep + R"(,"id":"1","image_link":"a"})").drafts, SizeIs(1));
}

TEST_F(JsonlFeedTest, ALineThatIsTooLongCostsOnlyItself) {
  const FeedContent content = Read("{\"id\":\"" + std::string(2 << 20, 'x') +
                                   "\"}\n{\"id\":\"2\",\"image_link\":\"b.jpg\"}\n");
  ASSERT_THAT(content.bad_rows, SizeIs(1));
  EXPECT_THAT(content.bad_rows[0].reason, HasSubstr("longer than"));
  EXPECT_THAT(content.drafts, SizeIs(1));
}

}  // namespace
}  // namespace snapshelf
