// What a search may be asked: good values arrive, bad ones are named with their range.
#include "server/query_params.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

/// The one wrong field of the query `fields`.
FieldError WrongField(const Fields& fields) {
  const auto query = ParseProductQuery(fields);
  if (query || query.error().errors.size() != 1) return {};
  EXPECT_EQ(query.error().status, 400);
  return query.error().errors.front();
}

TEST(QueryParams, ReadsEverything) {
  const auto query = ParseProductQuery({{"k", "7"},
                                        {"min_score", "-0.25"},
                                        {"min_likeness", "0.5"},
                                        {"category", "Kitchen > Mugs"},
                                        {"category", "Bags"},
                                        {"brand", "A & B"},
                                        {"color", "Red"},
                                        {"color", "Blue"},
                                        {"availability", "in_stock"},
                                        {"currency", "EUR"},
                                        {"price_min", "10"},
                                        {"price_max", "19.99"},
                                        {"box", "1,2.5,300,4e2"}});
  ASSERT_TRUE(query) << query.error().detail;
  EXPECT_EQ(query->k, 7);
  EXPECT_EQ(query->min_score, -0.25F);
  EXPECT_EQ(query->min_likeness, 0.5F);
  EXPECT_EQ(query->filter.categories, (std::vector<std::string>{"Kitchen > Mugs", "Bags"}));
  EXPECT_EQ(query->filter.brands, std::vector<std::string>{"A & B"});
  EXPECT_EQ(query->filter.colors, (std::vector<std::string>{"Red", "Blue"}));
  EXPECT_EQ(query->filter.availability, std::vector{Availability::kInStock});
  EXPECT_EQ(query->filter.currency, "EUR");
  EXPECT_EQ(query->filter.price_minor_min, 1000);
  EXPECT_EQ(query->filter.price_minor_max, 1999);
  ASSERT_TRUE(query->box);
  EXPECT_EQ(query->box->y, 2.5F);
  EXPECT_EQ(query->box->height, 400);
}

TEST(QueryParams, DefaultsWithoutAny) {
  const auto query = ParseProductQuery({});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->k, 20);
  EXPECT_FALSE(query->min_score);
  EXPECT_FALSE(query->min_likeness);
  EXPECT_TRUE(query->filter.IsEmpty());
  EXPECT_FALSE(query->box);
}

TEST(QueryParams, NamesFieldValueAndRange) {
  for (const char* const k :
       {"0", "501", "1000000", "99999999999999999999", "-1", "1.5", "", "5x", " 5"}) {
    const FieldError wrong = WrongField({{"k", k}});
    EXPECT_EQ(wrong.field, "k") << k;
    EXPECT_EQ(wrong.value, k);
    EXPECT_EQ(wrong.detail, "must be a whole number from 1 to 500");
  }
  for (const char* const score : {"1.01", "-2", "nan", "inf", "high", ""})
    EXPECT_EQ(WrongField({{"min_score", score}}).field, "min_score") << score;
  for (const char* const likeness : {"1.01", "-0.1", "nan", "50%"})
    EXPECT_EQ(WrongField({{"min_likeness", likeness}}).detail, "must be a number from 0 to 1");
}

TEST(QueryParams, RefusesBadBoxes) {
  for (const char* const box : {"", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,0,4", "1,2,3,-4",
                                "nan,0,1,1", "0,0,inf,1", "0,0,1e9,1", "1, 2,3,4"})
    EXPECT_EQ(WrongField({{"box", box}}).field, "box") << box;
}

TEST(QueryParams, RefusesBadFilters) {
  EXPECT_EQ(WrongField({{"availability", "soon"}}).field, "availability");
  EXPECT_EQ(WrongField({{"category", ""}}).field, "category");
  EXPECT_EQ(WrongField({{"brand", "\xFF"}}).field, "brand");
  EXPECT_EQ(WrongField({{"currency", "EURO"}}).field, "currency");
  EXPECT_EQ(WrongField({{"currency", "XQQ"}, {"price_min", "1"}}).field, "currency");
  EXPECT_EQ(WrongField({{"price_min", "1"}}).detail, "needs currency too");
  EXPECT_EQ(WrongField({{"price_max", "cheap"}, {"currency", "EUR"}}).field, "price_max");
  EXPECT_EQ(WrongField({{"price_max", "1.999"}, {"currency", "EUR"}}).field, "price_max");
  EXPECT_EQ(WrongField({{"price_min", "2"}, {"price_max", "1"}, {"currency", "EUR"}}).field,
            "price_min");
}

TEST(QueryParams, RefusesUnknownAndRepeatedNames) {
  EXPECT_EQ(WrongField({{"categroy", "Bags"}}).field, "categroy");
  EXPECT_EQ(WrongField({{"k", "5"}, {"k", "6"}}).detail, "given twice");
  EXPECT_TRUE(ParseProductQuery({{"photo", "token"}}, {"photo"}));
}

TEST(QueryParams, TellsAllWrongFieldsAtOnce) {
  const auto query = ParseProductQuery({{"k", "0"}, {"min_score", "2"}, {"box", "1"}});
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().errors.size(), 3U);
}

TEST(QueryParams, FormWinsOverQuery) {
  EXPECT_EQ(MergeFields({{"k", "5"}, {"brand", "A"}}, {{"k", "6"}}),
            (Fields{{"k", "6"}, {"brand", "A"}}));
}

}  // namespace
}  // namespace snapshelf
