// Proves which products of an object are answered, in which order, and what is counted.
#include "pipeline/product_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace snapshelf {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

ProductMatch Match(const std::string& id, std::optional<Money> price, float likeness = 0.5F) {
  ProductMatch match;
  match.product.id = id;
  match.product.price = std::move(price);
  match.likeness = likeness;
  return match;
}

ProductMatch Converted(const std::string& id, std::int64_t dollars, std::int64_t euros) {
  ProductMatch match = Match(id, Money{dollars, "USD"});
  match.converted = {.status = Conversion::Status::kConverted, .price = {euros, "EUR"}, .date = {}};
  return match;
}

std::vector<std::string> Ids(const ProductList& list) {
  std::vector<std::string> ids;
  for (const ProductMatch& match : list.products) ids.push_back(match.product.id);
  return ids;
}

std::vector<ProductMatch> FourProducts() {
  return {Match("a", Money{300, "EUR"}, 0.9F), Match("none", std::nullopt),
          Match("b", Money{100, "EUR"}), Match("c", Money{200, "EUR"})};
}

TEST(ProductList, IsThePageThatWasAskedFor) {
  const ProductList first = MakeProductList(FourProducts(), {.k = 2});
  EXPECT_THAT(Ids(first), ElementsAre("a", "none"));
  EXPECT_TRUE(first.has_more);
  const ProductList second = MakeProductList(FourProducts(), {.k = 2, .offset = 2});
  EXPECT_THAT(Ids(second), ElementsAre("b", "c"));
  EXPECT_FALSE(second.has_more);
  EXPECT_THAT(Ids(MakeProductList(FourProducts(), {.k = 2, .offset = 9})), IsEmpty());
}

TEST(ProductList, KnowsTheBestLikenessOnEveryPage) {
  EXPECT_EQ(MakeProductList(FourProducts(), {.k = 1, .offset = 3}).likeness_max, 0.9F);
  EXPECT_FALSE(MakeProductList({}, {.k = 1}).likeness_max);
}

TEST(ProductList, ByPricePutsThoseWithoutOneLast) {
  EXPECT_THAT(Ids(MakeProductList(FourProducts(), {.order = Order::kPriceUp})),
              ElementsAre("b", "c", "a", "none"));
  EXPECT_THAT(Ids(MakeProductList(FourProducts(), {.order = Order::kPriceDown})),
              ElementsAre("a", "c", "b", "none"));
}

TEST(ProductList, ByPriceComparesInTheShoppersCurrency) {
  const std::vector<ProductMatch> matches = {Match("eur", Money{1000, "EUR"}),
                                             Converted("usd", 1100, 990),
                                             Match("no rate", Money{1, "CHF"})};
  EXPECT_THAT(Ids(MakeProductList(matches, {.order = Order::kPriceUp, .currency = "EUR"})),
              ElementsAre("usd", "eur", "no rate"));
}

TEST(ProductList, CountsWhatItWasMadeFromNotJustThePage) {
  std::vector<ProductMatch> matches = FourProducts();
  matches[0].product.category = "Kitchen";
  matches[1].product.category = "Kitchen";
  matches[2].product.brand = "Alto";
  matches[1].product.color = "Red";
  matches[2].product.color = "White/Red";
  matches[3].product.availability = Availability::kOutOfStock;
  const ProductList list = MakeProductList(matches, {.k = 1, .facets = true});
  ASSERT_TRUE(list.facets);
  EXPECT_EQ(list.facets->products, 4);
  EXPECT_THAT(list.facets->categories, ElementsAre(Pair("Kitchen", 2)));
  EXPECT_THAT(list.facets->brands, ElementsAre(Pair("Alto", 1)));
  EXPECT_THAT(list.facets->colors, ElementsAre(Pair("Red", 2), Pair("White", 1)));
  EXPECT_THAT(list.facets->availability,
              ElementsAre(Pair(Availability::kInStock, 3), Pair(Availability::kOutOfStock, 1)));
  EXPECT_EQ(list.facets->price_min, (Money{100, "EUR"}));
  EXPECT_EQ(list.facets->price_max, (Money{300, "EUR"}));
  EXPECT_FALSE(MakeProductList(matches, {.k = 1}).facets);
}

TEST(PriceRanges, ShareThePricesEvenlyAndBeginAtRoundAmounts) {
  std::vector<std::int64_t> prices;
  for (std::int64_t price = 525; price <= 9'900; price += 125) prices.push_back(price);
  const auto ranges = PriceRangesOf(prices);
  ASSERT_EQ(ranges.size(), 4U);
  EXPECT_EQ(ranges[0].min, 525);
  EXPECT_EQ(ranges[1].min, 2'000);
  EXPECT_EQ(ranges[2].min, 4'000);
  EXPECT_EQ(ranges[3].min, 6'000);
  EXPECT_EQ(ranges[3].max, 9'900);
  int count = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) {
      EXPECT_EQ(ranges[i].min, ranges[i - 1].max + 1);
    }
    count += ranges[i].count;
  }
  EXPECT_EQ(count, static_cast<int>(prices.size()));
}

TEST(PriceRanges, AreNoneWhereThePricesDoNotDiffer) {
  EXPECT_THAT(PriceRangesOf({}), IsEmpty());
  EXPECT_THAT(PriceRangesOf({999}), IsEmpty());
  EXPECT_THAT(PriceRangesOf({999, 999, 999, 999}), IsEmpty());
  EXPECT_THAT(PriceRangesOf({100, 900}),
              ElementsAre(PriceRange{100, 799, 1}, PriceRange{800, 900, 1}));
}

}  // namespace
}  // namespace snapshelf
