// Addresses come from anybody: what is decoded and what is refused.
#include "server/url.h"

#include <gtest/gtest.h>

#include "server/request_id.h"

namespace snapshelf {
namespace {

TEST(Url, DecodesPercentAndPlus) {
  EXPECT_EQ(PercentDecode("caf%C3%A9+1"), "caf\xC3\xA9+1");
  EXPECT_EQ(PercentDecode("a+b", PlusSign::kIsSpace), "a b");
}

TEST(Url, RefusesBrokenEscapesAndZeroBytes) {
  for (const char* const text : {"%", "%4", "%zz", "a%4", "%00", "%+1", "%-1"})
    EXPECT_FALSE(PercentDecode(text)) << text;
}

TEST(Url, QueryKeepsOrderRepeatsAndEmptyValues) {
  const auto fields = ParseQueryString("k=5&brand=A%26B&brand=C&flag&&x=");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields,
            (Fields{{"k", "5"}, {"brand", "A&B"}, {"brand", "C"}, {"flag", ""}, {"x", ""}}));
}

TEST(Url, EncodingIsUndoneByDecoding) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

TEST(Url, PlainTextIsUtf8WithoutControls) {
  EXPECT_TRUE(
      IsPlainText("Gr\xC3\xBC\xC3\x9F"
                  "e \xF0\x9F\x91\x8B"));
  EXPECT_FALSE(IsPlainText("line\nend"));
  EXPECT_FALSE(IsPlainText("\xC3"));          // cut off
  EXPECT_FALSE(IsPlainText("\xC0\xAF"));      // overlong
  EXPECT_FALSE(IsPlainText("\xED\xA0\x80"));  // surrogate
}

TEST(RequestId, TakesSafeOnesAndReplacesOthers) {
  EXPECT_EQ(TakeOrMakeRequestId("abc-1.2_3"), "abc-1.2_3");
  EXPECT_EQ(TakeOrMakeRequestId("").size(), 16U);
  EXPECT_EQ(TakeOrMakeRequestId("a b").size(), 16U);
  EXPECT_EQ(TakeOrMakeRequestId(std::string(65, 'a')).size(), 16U);
  EXPECT_NE(MakeRequestId(), MakeRequestId());
}

}  // namespace
}  // namespace snapshelf
