// Proves the words for availability, which title stands for a product, and when a filter is empty.
#include "products/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace snapshelf {
namespace {

using testing::HasSubstr;

TEST(Availability, NamesReadBack) {
  for (const Availability availability : {Availability::kInStock, Availability::kOutOfStock,
                                          Availability::kPreorder, Availability::kBackorder})
    EXPECT_EQ(ParseAvailability(AvailabilityName(availability)), availability);
}

TEST(Availability, TakesSpacesAndCase) {
  EXPECT_EQ(ParseAvailability("in stock"), Availability::kInStock);
  EXPECT_EQ(ParseAvailability("Out-of-Stock"), Availability::kOutOfStock);
}

TEST(Availability, ListsKnownWordsForAnUnknownOne) {
  const auto availability = ParseAvailability("maybe");
  ASSERT_FALSE(availability);
  EXPECT_EQ(availability.error().code, Code::kInvalidArgument);
  EXPECT_THAT(availability.error().message, HasSubstr("\"maybe\""));
  EXPECT_THAT(availability.error().message, HasSubstr("preorder"));
}

TEST(Product, TitleIsTheDefaultOneThenTheFirstThenTheId) {
  Product product{.id = "sku-1"};
  EXPECT_EQ(product.Title(), "sku-1");
  product.titles["de"] = "Becher";
  product.titles["en"] = "Mug";
  EXPECT_EQ(product.Title(), "Becher");
  product.titles[""] = "Tasse";
  EXPECT_EQ(product.Title(), "Tasse");
}

TEST(Product, TitleIsInTheReadersLanguageElseTheDefaultOne) {
  Product product;
  product.id = "sku-1";
  EXPECT_EQ(product.TitleIn("de").text, "sku-1");
  product.titles = {{"", "Cup"}, {"de", "Tasse"}, {"pt", "Copo"}, {"pt-BR", "Xícara"}};
  EXPECT_EQ(product.TitleIn("de-AT").text, "Tasse");
  EXPECT_EQ(product.TitleIn("de-AT").language, "de");
  EXPECT_EQ(product.TitleIn("PT-br").text, "Xícara");
  EXPECT_EQ(product.TitleIn("pt-AO").text, "Copo");
  EXPECT_EQ(product.TitleIn("fi").text, "Cup");
  EXPECT_EQ(product.TitleIn("fi").language, "");
  EXPECT_EQ(product.TitleIn("").text, "Cup");
  product.titles.erase("");
  EXPECT_EQ(product.TitleIn("fi").text, "Tasse");
  EXPECT_EQ(product.TitleIn("fi").language, "de");
}

TEST(ProductFilter, IsEmptyUntilAnythingIsAskedFor) {
  EXPECT_TRUE(ProductFilter{}.IsEmpty());
  EXPECT_TRUE(ProductFilter{.currency = "EUR"}.IsEmpty());  // it asks for no range
  EXPECT_FALSE(ProductFilter{.price_minor_max = 0}.IsEmpty());
}

}  // namespace
}  // namespace snapshelf
