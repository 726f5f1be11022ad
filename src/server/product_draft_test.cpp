// The JSON of a PUT: what becomes a product, and what is refused by name.
#include "server/product_draft.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

std::string WrongField(std::string_view json) {
  const auto product = ParseProductDraft("p1", json, nullptr);
  if (product || product.error().errors.size() != 1) return "";
  EXPECT_EQ(product.error().status, 400);
  return product.error().errors.front().field;
}

TEST(ProductDraft, ReadsEverything) {
  const auto product =
      ParseProductDraft("p1", R"({"id": "p1", "title": "Mug", "titles": {"de": "Becher"},
      "description": "Blue", "category": "Kitchen > Mugs", "brand": "Acme", "color": "Red", "price": "12.99",
      "currency": "EUR", "availability": "preorder", "link": "https://shop.example/p1"})",
                        nullptr);
  ASSERT_TRUE(product) << product.error().detail;
  EXPECT_EQ(product->id, "p1");
  EXPECT_EQ(product->titles, (std::map<std::string, std::string>{{"", "Mug"}, {"de", "Becher"}}));
  EXPECT_EQ(product->color, "Red");
  EXPECT_EQ(product->price, (Money{1299, "EUR"}));
  EXPECT_EQ(product->availability, Availability::kPreorder);
}

TEST(ProductDraft, EmptyObjectIsAProductWithoutWords) {
  const auto product = ParseProductDraft("p1", "{}", nullptr);
  ASSERT_TRUE(product);
  EXPECT_FALSE(product->price);
}

TEST(ProductDraft, ReadsPictureAddressesWhereTheyAreOn) {
  std::vector<std::string> addresses;
  ASSERT_TRUE(
      ParseProductDraft("p1", R"({"pictures": ["http://x/a.jpg", "http://x/b.jpg"]})", &addresses));
  EXPECT_EQ(addresses, (std::vector<std::string>{"http://x/a.jpg", "http://x/b.jpg"}));
  for (const char* const wrong : {R"({"pictures": "http://x/a.jpg"})", R"({"pictures": []})",
                                  R"({"pictures": [5]})", R"({"image_link": "http://x/a.jpg"})"})
    EXPECT_FALSE(ParseProductDraft("p1", wrong, &addresses)) << wrong;
}

TEST(ProductDraft, PictureAddressesAreRefusedByName) {
  for (const char* const name : {"image_link", "pictures", "picture", "additional_image_link"}) {
    const auto product =
        ParseProductDraft("p1", std::string("{\"") + name + "\": \"http://x/a.jpg\"}", nullptr);
    ASSERT_FALSE(product);
    EXPECT_NE(product.error().detail.find("picture addresses are off"), std::string::npos);
  }
}

TEST(ProductDraft, NamesWrongFields) {
  EXPECT_EQ(WrongField(R"({"price": 12.99, "currency": "EUR"})"), "price");
  EXPECT_EQ(WrongField(R"({"price": "12.999", "currency": "EUR"})"), "price");
  EXPECT_EQ(WrongField(R"({"price": "12.99"})"), "currency");
  EXPECT_EQ(WrongField(R"({"currency": "XQQ"})"), "currency");
  EXPECT_EQ(WrongField(R"({"availability": "soon"})"), "availability");
  EXPECT_EQ(WrongField(R"({"title": 5})"), "title");
  EXPECT_EQ(WrongField(R"({"titles": {"de": 5}})"), "titles");
  EXPECT_EQ(WrongField(R"({"id": "p2"})"), "id");
  EXPECT_EQ(WrongField(R"({"colour": "blue"})"), "colour");
}

TEST(ProductDraft, RefusesWhatIsNoObject) {
  for (const char* const json : {"", "{", "[]", "5", "{\"title\": \"\xFF\"}"}) {
    const auto product = ParseProductDraft("p1", json, nullptr);
    ASSERT_FALSE(product) << json;
    EXPECT_EQ(product.error().status, 400);
  }
}

TEST(ProductDraft, RefusesIdsThatAreNoText) {
  EXPECT_FALSE(ParseProductDraft("a\nb", "{}", nullptr));
  EXPECT_FALSE(ParseProductDraft("\xFF", "{}", nullptr));
  EXPECT_FALSE(ParseProductDraft(std::string(201, 'a'), "{}", nullptr));
}

}  // namespace
}  // namespace snapshelf
