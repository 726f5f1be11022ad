// Forms as browsers and curl send them, and what else may come.
#include "server/multipart.h"

#include <gtest/gtest.h>

#include <random>

namespace snapshelf {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=XyZ";

TEST(Multipart, ReadsFieldsAndFiles) {
  const std::string body =
      "--XyZ\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n5\r\n"
      "--XyZ\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a \\\"b\\\".jpg\"\r\n"
      "Content-Type: Image/JPEG; x=y\r\n\r\n\xFF\xD8\r\n--Xy\r\n\r\n--XyZ--\r\n";
  const auto parts = ParseForm(kType, body);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].name, "k");
  EXPECT_EQ((*parts)[0].bytes, "5");
  EXPECT_FALSE((*parts)[0].is_file);
  EXPECT_EQ((*parts)[1].name, "photo");
  EXPECT_EQ((*parts)[1].media_type, "image/jpeg");
  EXPECT_EQ((*parts)[1].bytes, "\xFF\xD8\r\n--Xy\r\n");
  EXPECT_TRUE((*parts)[1].is_file);
}

TEST(Multipart, TakesQuotedBoundaryPreambleAndEmptyParts) {
  const auto parts =
      ParseForm("multipart/form-data; charset=utf-8; boundary=\"a b\"",
                "hello\r\n--a b \r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--a b--");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 1U);
  EXPECT_EQ(parts->front().bytes, "");
}

TEST(Multipart, RefusesWhatIsCutOffAnywhere) {
  const std::string body =
      "--XyZ\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n5\r\n--XyZ--";
  ASSERT_TRUE(ParseForm(kType, body));
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(ParseForm(kType, body.substr(0, size))) << size;
}

TEST(Multipart, RefusesMissingBoundaryAndNamelessParts) {
  EXPECT_FALSE(ParseForm("multipart/form-data", "--XyZ--"));
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=", "----"));
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=\"XyZ", "--XyZ--"));
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=" + std::string(71, 'x'), ""));
  EXPECT_FALSE(ParseForm(kType, "--XyZ\r\nContent-Type: a/b\r\n\r\n5\r\n--XyZ--"));
  EXPECT_FALSE(ParseForm(kType, "--XyZ\r\n\r\n5\r\n--XyZ--"));
}

TEST(Multipart, RefusesTooManyPartsAndLongHeaders) {
  std::string body;
  for (int i = 0; i < 65; ++i)
    body += "--XyZ\r\nContent-Disposition: form-data; name=k\r\n\r\n\r\n";
  body += "--XyZ--";
  EXPECT_EQ(ParseForm(kType, body).error().code, Code::kResourceExhausted);
  const std::string long_header =
      "--XyZ\r\nContent-Disposition: form-data; name=k; a=" + std::string(5000, 'x') +
      "\r\n\r\n\r\n--XyZ--";
  EXPECT_EQ(ParseForm(kType, long_header).error().code, Code::kResourceExhausted);
}

/// Changed bytes and changed order: never a crash, and every part lies inside the body.
TEST(Multipart, SurvivesMutatedForms) {
  const std::string seed_body =
      "--XyZ\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n5\r\n"
      "--XyZ\r\nContent-Disposition: form-data; name=\"photo\"; "
      "filename=\"a\"\r\n\r\nabc\r\n--XyZ--";
  const std::string alphabet = "\r\n-XyZ:;=\" \\abc";
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string body = seed_body;
    std::string type = kType;
    for (int i = 0; i < 4; ++i) {
      std::string& text = random() % 8 == 0 ? type : body;
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      if (random() % 3 == 0)
        text.erase(at, 1 + random() % 5);
      else if (random() % 2 == 0)
        text.insert(at, 1, c);
      else
        text[at] = c;
      if (text.empty()) text = "x";
    }
    const auto parts = ParseForm(type, body);
    if (!parts) continue;
    for (const FormPart& part : *parts) {
      EXPECT_FALSE(part.name.empty());
      EXPECT_GE(part.bytes.data(), body.data());
      EXPECT_LE(part.bytes.data() + part.bytes.size(), body.data() + body.size());
    }
  }
}

}  // namespace
}  // namespace snapshelf
