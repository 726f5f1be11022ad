// Proves that rates are read in each format, that amounts convert exactly and are rounded once, and
// that old, missing and nonsensical rates give no price.
#include "products/exchange_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace snapshelf {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr sys_days kFriday = 2026y / std::chrono::November / 20;

constexpr auto kEcbXml = R"(<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time='2026-11-19'><Cube currency='USD' rate='1.0700'/></Cube>
    <Cube time='2026-11-20'><Cube currency='USD' rate='1.0856'/><Cube currency='JPY' rate='163.2'/></Cube>
  </Cube>
</gesmes:Envelope>)";

ExchangeRates MustRead(std::string_view text) {
  auto rates = ExchangeRates::Read(text);
  EXPECT_TRUE(rates) << rates.error().message;
  return rates ? std::move(*rates) : ExchangeRates();
}

std::string Refusal(std::string_view text) {
  const auto rates = ExchangeRates::Read(text);
  EXPECT_FALSE(rates);
  if (rates) return {};
  EXPECT_EQ(rates.error().code, Code::kInvalidArgument);
  return rates.error().message;
}

Money Converted(const ExchangeRates& rates, const Money& price, const std::string& currency) {
  const Conversion done = rates.Convert(price, currency, kFriday);
  EXPECT_EQ(done.status, Conversion::Status::kConverted) << price.currency << " to " << currency;
  return done.price;
}

TEST(ReadRates, TakesTheNewestDayOfTheEcbsXml) {
  const ExchangeRates rates = MustRead(kEcbXml);
  ASSERT_EQ(rates.all().size(), 2U);
  EXPECT_EQ(rates.all().at("USD"),
            (ExchangeRate{.base = "EUR", .mantissa = 10856, .decimals = 4, .date = kFriday}));
}

TEST(ReadRates, TakesTheEcbsDailyCsv) {
  const ExchangeRates rates = MustRead("Date, USD, JPY, \n20 November 2026, 1.0856, 163.20, \n");
  EXPECT_EQ(rates.all().at("JPY").date, kFriday);
  EXPECT_EQ(FormatRate(rates.all().at("JPY")), "163.20");
}

TEST(ReadRates, TakesTheNewestDayOfTheEcbsHistoryAndLeavesOutWhatItLacks) {
  const ExchangeRates rates = MustRead(
      "Date,USD,ISK,BGN,\r\n2026-11-20,1.0856,144.10,N/A,\r\n1999-01-04,1.1789,N/A,N/A,\r\n");
  ASSERT_EQ(rates.all().size(), 2U);
  EXPECT_EQ(rates.all().at("ISK").date, kFriday);
}

TEST(ReadRates, TakesOwnRatesAndPegs) {
  const ExchangeRates rates =
      MustRead("currency,base,rate,date\n# the Gulf\nAED,USD,3.6725,\nTWD,USD,31.52,2026-11-20\n");
  EXPECT_EQ(rates.all().at("AED").date, std::nullopt);
  EXPECT_EQ(rates.all().at("TWD").base, "USD");
}

TEST(ReadRates, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Refusal(""), HasSubstr("currency,base,rate,date"));
  EXPECT_THAT(Refusal("<html>moved</html>"), HasSubstr("no Cube with a time"));
  EXPECT_THAT(Refusal("<Cube time='2026-11-20'"), HasSubstr("XML"));
  EXPECT_THAT(Refusal("<Cube time='soon'/>"), HasSubstr("soon"));
  EXPECT_THAT(Refusal("Date,USD\nyesterday,1.1\n"), HasSubstr("yesterday"));
  EXPECT_THAT(Refusal("Date,USD\n2026-02-30,1.1\n"), HasSubstr("2026-02-30"));
  EXPECT_THAT(Refusal("Date,USD,JPY\n2026-11-20,1.1\n"), HasSubstr("line 2 has 2 columns"));
  EXPECT_THAT(Refusal("Date,USD\n2026-11-20,1.0.1\n"), HasSubstr("1.0.1"));
  EXPECT_THAT(Refusal("Date,USD\n2026-11-20,-1.1\n"), HasSubstr("-1.1"));
  EXPECT_THAT(Refusal("Date,USD\n2026-11-20,0.000\n"), HasSubstr("0.000"));
  EXPECT_THAT(Refusal("Date,USX\n2026-11-20,1.1\n"), HasSubstr("USX"));
  EXPECT_THAT(Refusal("Date,USD\n"), HasSubstr("no rate"));
  EXPECT_THAT(Refusal("currency,base,rate,date\nAED,USD,3.6725\n"), HasSubstr("line 2"));
  EXPECT_THAT(Refusal("currency,base,rate,date\nAED,USX,3.6725,\n"), HasSubstr("USX"));
  EXPECT_THAT(Refusal("currency,base,rate,date\nAED,AED,1,\n"), HasSubstr("itself"));
  EXPECT_THAT(Refusal("currency,base,rate,date\nAED,USD,1,\nAED,USD,2,\n"), HasSubstr("twice"));
}

TEST(ExchangeRates, AreTheSameAfterWritingAndReading) {
  ExchangeRates rates = MustRead(kEcbXml);
  rates.Merge(MustRead("currency,base,rate,date\nAED,USD,3.6725,\nIDR,EUR,0.005,2026-11-20\n"));
  EXPECT_EQ(MustRead(rates.Write()).all(), rates.all());
}

TEST(ExchangeRates, KeepTheLaterOfTwo) {
  ExchangeRates rates = MustRead(kEcbXml);
  EXPECT_EQ(rates.Merge(MustRead("Date,USD,CHF\n2026-11-18,1.05,0.95\n")), 1);
  EXPECT_EQ(FormatRate(rates.all().at("USD")), "1.0856");
  EXPECT_EQ(rates.Merge(MustRead("Date,USD\n2026-11-21,1.09\n")), 1);
  EXPECT_EQ(FormatRate(rates.all().at("USD")), "1.09");
}

TEST(Convert, RoundsHalfUpOnceToTheTargetsSmallestUnit) {
  const ExchangeRates rates = MustRead("Date,USD,JPY,KWD\n2026-11-20,2,162.5,0.33333\n");
  EXPECT_EQ(Converted(rates, {.minor = 100, .currency = "EUR"}, "JPY"),
            (Money{.minor = 163, .currency = "JPY"}));  // 162.5 yen
  EXPECT_EQ(Converted(rates, {.minor = 1, .currency = "USD"}, "EUR"),
            (Money{.minor = 1, .currency = "EUR"}));  // half a cent
  EXPECT_EQ(Converted(rates, {.minor = 163, .currency = "JPY"}, "USD"),
            (Money{.minor = 201, .currency = "USD"}));  // 2.00615...
  EXPECT_EQ(Converted(rates, {.minor = 100, .currency = "EUR"}, "KWD"),
            (Money{.minor = 333, .currency = "KWD"}));  // three decimals
  EXPECT_EQ(Converted(rates, {.minor = 0, .currency = "EUR"}, "USD").minor, 0);
}

TEST(Convert, GoesThroughTheEuroAndThroughPegs) {
  ExchangeRates rates = MustRead(kEcbXml);
  rates.Merge(MustRead("currency,base,rate,date\nAED,USD,3.6725,\n"));
  EXPECT_EQ(Converted(rates, {.minor = 10'000, .currency = "USD"}, "AED").minor, 36'725);
  EXPECT_EQ(Converted(rates, {.minor = 36'725, .currency = "AED"}, "USD").minor, 10'000);
  EXPECT_EQ(Converted(rates, {.minor = 10'000, .currency = "EUR"}, "AED").minor, 39'869);
  EXPECT_EQ(rates.Convert({.minor = 1, .currency = "AED"}, "EUR", kFriday).date, kFriday);
}

TEST(Convert, LeavesAPriceInItsOwnCurrency) {
  const Conversion done = ExchangeRates().Convert({.minor = 5, .currency = "EUR"}, "EUR", kFriday);
  EXPECT_EQ(done.status, Conversion::Status::kSameCurrency);
  EXPECT_EQ(done.price.minor, 5);
}

TEST(Convert, GivesNoPriceByARateOlderThanAWeek) {
  const ExchangeRates rates = MustRead(kEcbXml);
  const Money price{.minor = 100, .currency = "EUR"};
  EXPECT_EQ(rates.Convert(price, "USD", kFriday + days(7)).status, Conversion::Status::kConverted);
  const Conversion stale = rates.Convert(price, "USD", kFriday + days(8));
  EXPECT_EQ(stale.status, Conversion::Status::kStaleRate);
  EXPECT_EQ(stale.date, kFriday);
}

TEST(Convert, GivesNoPriceWithoutARateInACircleAndBeyondItsRange) {
  const ExchangeRates rates =
      MustRead("currency,base,rate,date\nAED,SAR,1,\nSAR,AED,1,\nIDR,EUR,99999999999999,\n");
  EXPECT_EQ(rates.Convert({.minor = 1, .currency = "EUR"}, "CHF", kFriday).status,
            Conversion::Status::kNoRate);
  EXPECT_EQ(rates.Convert({.minor = 1, .currency = "EUR"}, "AED", kFriday).status,
            Conversion::Status::kNoRate);
  EXPECT_EQ(
      rates.Convert({.minor = std::int64_t{1} << 60, .currency = "EUR"}, "IDR", kFriday).status,
      Conversion::Status::kNoRate);
}

TEST(CurrencyExponent, IsThatOfIso4217ForTheCurrenciesOfShoppers) {
  for (const char* const currency : {"JPY", "KRW", "CLP", "ISK"})
    EXPECT_EQ(CurrencyExponent(currency), 0) << currency;
  for (const char* const currency :
       {"EUR", "USD", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "NOK",
        "TRY", "AUD", "BRL", "CAD", "CNY", "HKD", "IDR", "ILS", "INR", "MXN", "MYR",
        "NZD", "PHP", "SGD", "THB", "ZAR", "AED", "SAR", "TWD", "COP"})
    EXPECT_EQ(CurrencyExponent(currency), 2) << currency;
}

}  // namespace
}  // namespace snapshelf
