// Proves that amounts are exact in every kind of currency, and that what is no amount is refused
// with its reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "products/product.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

Money Parsed(std::string_view amount, std::string_view currency) {
  const auto money = ParseMoney(amount, currency);
  EXPECT_TRUE(money) << amount << ": " << money.error().message;
  return money.value_or(Money{});
}

std::string Refusal(std::string_view amount, std::string_view currency) {
  const auto money = ParseMoney(amount, currency);
  EXPECT_FALSE(money) << amount;
  if (money) return {};
  EXPECT_EQ(money.error().code, Code::kInvalidArgument);
  return money.error().message;
}

TEST(Currency, HasDigitsOfIso4217) {
  EXPECT_EQ(CurrencyExponent("EUR"), 2);
  EXPECT_EQ(CurrencyExponent("JPY"), 0);
  EXPECT_EQ(CurrencyExponent("KWD"), 3);
  EXPECT_EQ(CurrencyExponent("CLF"), 4);
}

TEST(Currency, NamesAnUnknownOne) {
  for (const std::string_view name : {"", "EU", "EURO", "eur", "XXQ", "UR ", "D A"}) {
    const auto exponent = CurrencyExponent(name);
    ASSERT_FALSE(exponent) << name;
    EXPECT_THAT(exponent.error().message, HasSubstr(std::string(name)));
  }
}

TEST(Money, ReadsDecimalsExactly) {
  EXPECT_EQ(Parsed("15", "EUR"), (Money{1500, "EUR"}));
  EXPECT_EQ(Parsed("1299.5", "EUR"), (Money{129950, "EUR"}));
  EXPECT_EQ(Parsed("0.01", "EUR"), (Money{1, "EUR"}));
  EXPECT_EQ(Parsed(" 12.10 ", "usd"), (Money{1210, "USD"}));
  EXPECT_EQ(Parsed("1299", "JPY"), (Money{1299, "JPY"}));
  EXPECT_EQ(Parsed("1.234", "KWD"), (Money{1234, "KWD"}));
}

TEST(Money, TakesZerosBeyondTheDigitsOfTheCurrency) {
  EXPECT_EQ(Parsed("1299.00", "JPY"), (Money{1299, "JPY"}));
  EXPECT_EQ(Parsed("15.0000", "EUR"), (Money{1500, "EUR"}));
}

TEST(Money, ReadsCurrencyBehindTheAmount) {
  EXPECT_EQ(Parsed("15.00 EUR", ""), (Money{1500, "EUR"}));
  EXPECT_EQ(Parsed("15.00EUR", ""), (Money{1500, "EUR"}));
  EXPECT_EQ(Parsed("15.00 EUR", "EUR"), (Money{1500, "EUR"}));
  EXPECT_THAT(Refusal("15.00 EUR", "USD"), HasSubstr("USD"));
}

TEST(Money, RefusesWhatIsNoAmount) {
  for (const std::string_view text :
       {"", ".", ".5", "-1", "+1", "1,50", "1 000", "1.2.3", "abc", "1e3", "0x10", "EUR 5"})
    EXPECT_THAT(Refusal(text, "EUR"), HasSubstr("price"));
}

TEST(Money, RefusesMoreDecimalsThanTheCurrencyHas) {
  EXPECT_THAT(Refusal("1.005", "EUR"), HasSubstr("more than 2 decimals"));
  EXPECT_THAT(Refusal("1.5", "JPY"), HasSubstr("more than 0 decimals"));
}

TEST(Money, RefusesAnAmountWithoutCurrency) {
  EXPECT_THAT(Refusal("15.00", ""), HasSubstr("no currency"));
}

TEST(Money, HoldsTheLargestAmountAndRefusesTheNext) {
  EXPECT_EQ(Parsed("92233720368547758.07", "EUR").minor, std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(Refusal("92233720368547758.08", "EUR"), HasSubstr("too large"));
}

TEST(Money, FormatsAsItReads) {
  EXPECT_EQ(FormatAmount({1299, "EUR"}), "12.99");
  EXPECT_EQ(FormatAmount({5, "EUR"}), "0.05");
  EXPECT_EQ(FormatAmount({0, "EUR"}), "0.00");
  EXPECT_EQ(FormatAmount({1299, "JPY"}), "1299");
  EXPECT_EQ(FormatAmount({1299, "KWD"}), "1.299");
}

}  // namespace
}  // namespace snapshelf
