// Proves that no feed, however damaged, crashes a reader or keeps it from its end: a thousand
// random changes each to good feeds. Every row that comes out as a product has an id, a picture and
// UTF-8 text.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "feeds/feed_test_util.h"
#include "feeds/utf8.h"

namespace snapshelf {
namespace {

constexpr std::string_view kCsv =
    "\xEF\xBB\xBFid,title,title_de,price,image_link,additional_image_link\r\n"
    "1,\"A \"\"big\"\" mug,\nblue\",Becher,12.10 EUR,a.jpg,b.jpg|c.jpg\r\n"
    "\r\n2,Gr\xC3\xBCn,,,\"d,1.jpg\",\"e.jpg,f.jpg\"\n3,,,,g.jpg,\n";
constexpr std::string_view kJsonl =
    "{\"id\":\"1\",\"title\":{\"de\":\"Gr\xC3\xBCn\"},\"price\":12.10,\"image_link\":[\"a\",\"b\"]}"
    "\n"
    "\n{\"id\":2,\"x\":[{\"y\":[null,true,-1e5]}],\"image_link\":\"c\\u00fc.jpg\"}\r\n";
constexpr std::string_view kSpecial = "\"\",|\n\r{}[]:\\\xFF\x00\xC3 0e.tn";

// One to eight changes: a byte replaced, put in or taken out, or a piece copied elsewhere.
std::string Mutated(std::string_view text, std::mt19937& random) {
  std::string mutated(text);
  const auto below = [&](std::size_t limit) { return random() % std::max<std::size_t>(limit, 1); };
  for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
    const std::size_t at = below(mutated.size());
    const char byte = kSpecial[below(kSpecial.size())];
    switch (below(4)) {
      case 0:
        if (!mutated.empty()) mutated[at] = byte;
        break;
      case 1:
        mutated.insert(at, 1, byte);
        break;
      case 2:
        mutated.erase(at, 1 + below(5));
        break;
      default:
        mutated.insert(at, mutated.substr(below(mutated.size()), below(40)));
    }
  }
  return mutated;
}

class MutationTest : public FeedTest {
 protected:
  void ReadMutations(const std::string& name, std::string_view text) {
    constexpr unsigned kSeed = 20240501;
    std::mt19937 random(kSeed);
    for (int i = 0; i < 1000; ++i) {
      const std::string mutated = Mutated(text, random);
      SCOPED_TRACE(testing::Message() << "seed " << kSeed << " round " << i);
      const auto path = Write(name, mutated);
      const auto feed = OpenFeed(path);
      if (!feed) continue;  // the header was hit
      std::size_t rows = 0;
      for (auto row = (*feed)->Next(); row && *row; row = (*feed)->Next()) {
        ASSERT_LE(++rows, mutated.size());
        if (const auto* const draft = std::get_if<ProductDraft>(&**row)) Check(*draft);
      }
    }
  }

  static void Check(const ProductDraft& draft) {
    EXPECT_FALSE(draft.id.empty());
    EXPECT_FALSE(draft.pictures.empty());
    EXPECT_GT(draft.line, 0);
    for (const auto& [language, title] : draft.titles) {
      EXPECT_TRUE(IsUtf8Text(language));
      EXPECT_TRUE(IsUtf8Text(title));
    }
  }
};

TEST_F(MutationTest, CsvNeverCrashes) {
  ReadMutations("feed.csv", kCsv);
}

TEST_F(MutationTest, JsonLinesNeverCrash) {
  ReadMutations("feed.jsonl", kJsonl);
}

TEST(Utf8, KnowsItsBounds) {
  for (const std::string_view good : {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(IsUtf8Text(good));
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_FALSE(IsUtf8Text(bad));
  EXPECT_FALSE(IsUtf8Text(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace snapshelf
