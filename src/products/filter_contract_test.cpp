// Proves what filters let through, that they are snapshots, and that wrong ones say why.
#include <gmock/gmock.h>

#include <chrono>
#include <memory>

#include "products/exchange_rates.h"
#include "products/store_test_util.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FilterTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (store_ == nullptr) return;
    Add("kitchen", "Kitchen", "Alto", Money{500, "EUR"}, Availability::kInStock);
    Add("mug", "Kitchen > Mugs", "Alto", Money{1299, "EUR"}, Availability::kOutOfStock);
    Add("ware", "Kitchenware", "Bora", Money{1299, "USD"}, Availability::kInStock);
    Add("lamp", "Lamps", "Bora", std::nullopt, Availability::kPreorder);
  }

  void Add(const std::string& id, const std::string& category, const std::string& brand,
           std::optional<Money> price, Availability availability) {
    Product product = MakeProduct(id);
    product.category = category;
    product.brand = brand;
    product.price = std::move(price);
    product.availability = availability;
    keys_.emplace_back(id, Put(product).key);
  }

  // The ids that pass, in the order in which they were added.
  std::vector<std::string> Passing(const ProductFilter& filter) {
    const auto passes = store_->CompileFilter(filter);
    EXPECT_TRUE(passes) << passes.error().message;
    std::vector<std::string> ids;
    for (const auto& [id, key] : keys_)
      if (passes->passes(key)) ids.push_back(id);
    return ids;
  }

  std::string Refusal(const ProductFilter& filter) {
    const auto passes = store_->CompileFilter(filter);
    EXPECT_FALSE(passes);
    if (passes) return {};
    EXPECT_EQ(passes.error().code, Code::kInvalidArgument);
    return passes.error().message;
  }

  std::vector<std::pair<std::string, ProductKey>> keys_;
};

TEST_F(FilterTest, CategoryHoldsItsSubcategoriesButNotItsNamesakes) {
  EXPECT_THAT(Passing({.categories = {"Kitchen"}}), ElementsAre("kitchen", "mug"));
  EXPECT_THAT(Passing({.categories = {"Kitchen > Mugs", "Lamps"}}), ElementsAre("mug", "lamp"));
  EXPECT_THAT(Passing({.categories = {"Kit"}}), IsEmpty());
}

TEST_F(FilterTest, BrandIsMatchedExactly) {
  EXPECT_THAT(Passing({.brands = {"Bora"}}), ElementsAre("ware", "lamp"));
  EXPECT_THAT(Passing({.brands = {"bora", "Nobody"}}), IsEmpty());
}

TEST_F(FilterTest, ColorIsAnyOfTheProducts) {
  Product shoe = MakeProduct("shoe");
  shoe.color = "Red / White";
  keys_.emplace_back("shoe", Put(shoe).key);
  Product sock = MakeProduct("sock");
  sock.color = "White";
  keys_.emplace_back("sock", Put(sock).key);
  EXPECT_THAT(Passing({.colors = {"White"}}), ElementsAre("shoe", "sock"));
  EXPECT_THAT(Passing({.colors = {"Red", "Blue"}}), ElementsAre("shoe"));
  EXPECT_THAT(Passing({.colors = {"Red / White", "white", ""}}), IsEmpty());
  Reopen();
  EXPECT_THAT(Passing({.colors = {"Red"}}), ElementsAre("shoe"));
  shoe.color = "Black";
  Put(shoe);
  EXPECT_THAT(Passing({.colors = {"Red"}}), IsEmpty());
}

TEST_F(FilterTest, AvailabilityIsAnyOfThoseGiven) {
  EXPECT_THAT(Passing({.availability = {Availability::kInStock, Availability::kPreorder}}),
              ElementsAre("kitchen", "ware", "lamp"));
}

TEST_F(FilterTest, PriceRangeIsInclusiveAndOfOneCurrency) {
  EXPECT_THAT(Passing({.currency = "EUR", .price_minor_min = 500, .price_minor_max = 1299}),
              ElementsAre("kitchen", "mug"));
  EXPECT_THAT(Passing({.currency = "EUR", .price_minor_min = 501}), ElementsAre("mug"));
  EXPECT_THAT(Passing({.currency = "USD", .price_minor_max = 1298}), IsEmpty());
  EXPECT_THAT(Passing({.currency = "USD", .price_minor_min = 0}), ElementsAre("ware"));
  EXPECT_THAT(Passing({.currency = "JPY", .price_minor_min = 0}), IsEmpty());
}

TEST_F(FilterTest, AllGivenFieldsMustMatch) {
  EXPECT_THAT(Passing({.categories = {"Kitchen"},
                       .brands = {"Alto"},
                       .availability = {Availability::kInStock},
                       .currency = "EUR",
                       .price_minor_max = 1000}),
              ElementsAre("kitchen"));
}

TEST_F(FilterTest, AnEmptyFilterLetsEverythingThrough) {
  EXPECT_THAT(Passing({}), ElementsAre("kitchen", "mug", "ware", "lamp"));
}

TEST_F(FilterTest, WorksTheSameAfterReopening) {
  Reopen();
  EXPECT_THAT(Passing({.categories = {"Kitchen"}}), ElementsAre("kitchen", "mug"));
  EXPECT_THAT(Passing({.currency = "USD", .price_minor_min = 0}), ElementsAre("ware"));
}

TEST_F(FilterTest, FollowsChangesAndRemovals) {
  Product mug = *store_->Get("mug");
  mug.category = "Lamps";
  Put(mug);
  const std::vector<std::string> gone = {"lamp"};
  ASSERT_TRUE(store_->Remove(gone));
  EXPECT_THAT(Passing({.categories = {"Lamps"}}), ElementsAre("mug"));
}

TEST_F(FilterTest, AFailedWriteChangesNoFilter) {
  std::vector<Product> products = {*store_->Get("mug")};
  products[0].brand = "Bora";
  ASSERT_FALSE(store_->Put(
      products, [](std::span<const Product>) -> Status { return Fail(Code::kIoError, "index"); }));
  EXPECT_THAT(Passing({.brands = {"Alto"}}), ElementsAre("kitchen", "mug"));
}

TEST_F(FilterTest, ACompiledFilterIsASnapshot) {
  const auto lamps = store_->CompileFilter({.categories = {"Lamps"}});
  Add("later", "Lamps", "Bora", std::nullopt, Availability::kInStock);
  const std::vector<std::string> gone = {"lamp"};
  ASSERT_TRUE(store_->Remove(gone));
  EXPECT_TRUE(lamps->passes(keys_[3].second));
  EXPECT_FALSE(lamps->passes(keys_[4].second));
  EXPECT_FALSE(lamps->passes(1U << 30U));
}

TEST_F(FilterTest, FewThatPassAreNamed) {
  const auto few = [this](const ProductFilter& filter) {
    const auto compiled = store_->CompileFilter(filter);
    return compiled && compiled->few ? *compiled->few : std::vector<ProductKey>{};
  };
  const auto key = [this](std::size_t i) { return keys_[i].second; };
  EXPECT_THAT(few({.brands = {"Bora"}}), ElementsAre(key(2), key(3)));
  EXPECT_THAT(few({.availability = {Availability::kInStock}}), ElementsAre(key(0), key(2)));
  // There and back again, gone, and new.
  for (const std::string brand : {"Alto", "Bora"}) {
    Product ware = *store_->Get("ware");
    ware.brand = brand;
    Put(ware);
  }
  const std::vector<std::string> gone = {"lamp"};
  ASSERT_TRUE(store_->Remove(gone));
  Add("cup", "Kitchen > Mugs", "Bora", Money{700, "EUR"}, Availability::kInStock);
  EXPECT_THAT(few({.brands = {"Bora"}}), ElementsAre(key(2), key(4)));
  EXPECT_THAT(few({.categories = {"Kitchen"}, .brands = {"Bora"}}), ElementsAre(key(4)));
  EXPECT_THAT(few({.brands = {"Nobody"}}), IsEmpty());
  EXPECT_EQ(store_->CompileFilter({})->few, nullptr);
}

TEST_F(FilterTest, PriceRangeTakesInOtherCurrenciesByTheirRates) {
  const auto rates = ExchangeRates::Read("currency,base,rate,date\nUSD,EUR,1.30,\n");
  ASSERT_TRUE(rates);
  const auto converter = std::make_shared<const PriceConverter>(
      std::make_shared<const ExchangeRates>(*rates), std::chrono::sys_days());
  // 12.99 dollars are 9.99 euros.
  const auto between = [&](std::int64_t min, std::int64_t max) {
    return Passing({.currency = "EUR",
                    .price_minor_min = min,
                    .price_minor_max = max,
                    .converter = converter});
  };
  EXPECT_THAT(between(500, 999), ElementsAre("kitchen", "ware"));
  EXPECT_THAT(between(500, 998), ElementsAre("kitchen"));
  EXPECT_THAT(between(999, 1299), ElementsAre("mug", "ware"));
  EXPECT_THAT(between(1000, 1299), ElementsAre("mug"));
  EXPECT_THAT(Passing({.currency = "USD", .price_minor_max = 650, .converter = converter}),
              ElementsAre("kitchen"));
  EXPECT_THAT(Passing({.currency = "CHF", .price_minor_min = 0, .converter = converter}),
              IsEmpty());
}

class WordsTest : public FilterTest {
 protected:
  void SetUp() override {
    FilterTest::SetUp();
    if (store_ == nullptr) return;
    Title("kitchen", {{"", "Crème brûlée set"}, {"de", "Schälchen aus Porzellan"}});
    Title("mug", {{"en", "Red mug \"NEAR\" -5% OFF"}, {"el", "Κόκκινη κούπα"}});
    Title("ware", {{"en", "Red bowl"}, {"tr", "Kırmızı kâse"}});
  }

  void Title(const std::string& id, std::map<std::string, std::string> titles) {
    Product product = *store_->Get(id);
    product.titles = std::move(titles);
    Put(product);
  }
};

TEST_F(WordsTest, AreTheBeginningsOfWordsInAnyLanguage) {
  EXPECT_THAT(Passing({.words = "red"}), ElementsAre("mug", "ware"));
  EXPECT_THAT(Passing({.words = "RED mu"}), ElementsAre("mug"));
  EXPECT_THAT(Passing({.words = "porz"}), ElementsAre("kitchen"));
  EXPECT_THAT(Passing({.words = "creme brulee"}), ElementsAre("kitchen"));
  EXPECT_THAT(Passing({.words = "ΚΌΚΚ"}), ElementsAre("mug"));
  EXPECT_THAT(Passing({.words = "kase"}), ElementsAre("ware"));
  EXPECT_THAT(Passing({.words = "ed"}), IsEmpty());
  EXPECT_THAT(Passing({.words = "bora red"}), ElementsAre("ware"));  // its brand
}

TEST_F(WordsTest, AreNeverReadAsOperators) {
  EXPECT_THAT(Passing({.words = "\"near\" OR"}), IsEmpty());
  EXPECT_THAT(Passing({.words = "near -5%"}), ElementsAre("mug"));
  EXPECT_THAT(Passing({.words = "text : red*"}), IsEmpty());
  EXPECT_THAT(Passing({.words = " \"*(^ -"}), ElementsAre("kitchen", "mug", "ware", "lamp"));
}

TEST_F(WordsTest, NarrowWhatOtherFieldsLetThrough) {
  EXPECT_THAT(Passing({.currency = "USD", .price_minor_min = 0, .words = "red"}),
              ElementsAre("ware"));
}

TEST_F(WordsTest, FollowChangesAndRemovals) {
  Title("mug", {{"en", "Blue mug"}});
  const std::vector<std::string> gone = {"ware"};
  ASSERT_TRUE(store_->Remove(gone));
  EXPECT_THAT(Passing({.words = "red"}), IsEmpty());
  EXPECT_THAT(Passing({.words = "blue"}), ElementsAre("mug"));
}

TEST_F(FilterTest, RefusesAnUnknownCurrency) {
  EXPECT_THAT(Refusal({.currency = "EURO", .price_minor_min = 1}), HasSubstr("EURO"));
}

TEST_F(FilterTest, RefusesARangeWithoutCurrency) {
  EXPECT_THAT(Refusal({.price_minor_min = 1}), HasSubstr("currency"));
}

TEST_F(FilterTest, RefusesAMinimumAboveTheMaximum) {
  EXPECT_THAT(Refusal({.currency = "EUR", .price_minor_min = 200, .price_minor_max = 199}),
              HasSubstr("2.00 is above the maximum 1.99"));
}

}  // namespace
}  // namespace snapshelf
