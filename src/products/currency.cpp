#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "products/product.h"

namespace snapshelf {
namespace {

// ISO 4217, list one (active currencies and funds codes), by the number of digits after the point.
// ANG and BGN stay in while shops still sell off prices in them.
constexpr std::string_view kNoDigits =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view kTwoDigits =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
    "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG ";
constexpr std::string_view kThreeDigits = "BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view kFourDigits = "CLF UYW ";

// Each code is three letters and a space.
bool Lists(std::string_view codes, std::string_view currency) {
  for (std::size_t i = 0; i < codes.size(); i += 4)
    if (codes.substr(i, 3) == currency) return true;
  return false;
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

bool IsDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct AmountText {
  std::string_view number;
  std::string currency;
};

// Takes the currency behind the number ("15.00 EUR") if there is one; it must agree with
// `currency`.
Result<AmountText> SplitAmount(std::string_view amount, std::string_view currency) {
  const std::string_view text = Trim(amount);
  AmountText parts{.number = text, .currency = UpperCase(Trim(currency))};
  const std::size_t end = text.find_first_not_of("0123456789.,+-");
  if (end == std::string_view::npos || end == 0) return parts;
  parts.number = Trim(text.substr(0, end));
  std::string suffix = UpperCase(Trim(text.substr(end)));
  if (!parts.currency.empty() && parts.currency != suffix)
    return Fail(Code::kInvalidArgument,
                fmt::format("price \"{}\" does not end in its currency {}", text, parts.currency));
  parts.currency = std::move(suffix);
  return parts;
}

// The digits of the amount in minor units: ("1299", "5", 2) -> "129950".
std::optional<std::int64_t> ToMinor(std::string_view whole, std::string_view fraction,
                                    std::size_t exponent) {
  std::string digits(whole);
  digits.append(fraction.substr(0, exponent));
  digits.append(exponent - std::min(exponent, fraction.size()), '0');
  std::int64_t minor = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return minor;
}

}  // namespace

Result<int> CurrencyExponent(std::string_view currency) {
  if (currency.size() == 3) {
    if (Lists(kTwoDigits, currency)) return 2;
    if (Lists(kNoDigits, currency)) return 0;
    if (Lists(kThreeDigits, currency)) return 3;
    if (Lists(kFourDigits, currency)) return 4;
  }
  return Fail(
      Code::kInvalidArgument,
      fmt::format("currency \"{}\" is unknown; use an ISO 4217 code such as EUR", currency));
}

Result<Money> ParseMoney(std::string_view amount, std::string_view currency) {
  const auto parts = SplitAmount(amount, currency);
  if (!parts) return std::unexpected(parts.error());
  if (parts->currency.empty())
    return Fail(Code::kInvalidArgument, fmt::format("price \"{}\" has no currency", amount));
  const auto exponent = CurrencyExponent(parts->currency);
  if (!exponent) return std::unexpected(exponent.error());

  const std::size_t point = std::min(parts->number.find('.'), parts->number.size());
  const std::string_view whole = parts->number.substr(0, point);
  const std::string_view fraction =
      point < parts->number.size() ? parts->number.substr(point + 1) : std::string_view{};
  if (whole.empty() || !IsDigits(whole) || !IsDigits(fraction))
    return Fail(Code::kInvalidArgument,
                fmt::format("price \"{}\" is no amount; write it as 1299.50", amount));
  const auto digits = static_cast<std::size_t>(*exponent);
  const bool is_exact = fraction.size() <= digits ||
                        fraction.find_first_not_of('0', digits) == std::string_view::npos;
  if (!is_exact)
    return Fail(Code::kInvalidArgument, fmt::format("price \"{}\" has more than {} decimals of {}",
                                                    amount, *exponent, parts->currency));
  const auto minor = ToMinor(whole, fraction, digits);
  if (!minor) return Fail(Code::kInvalidArgument, fmt::format("price \"{}\" is too large", amount));
  return Money{.minor = *minor, .currency = parts->currency};
}

std::string FormatAmount(const Money& money) {
  const int exponent = CurrencyExponent(money.currency).value_or(2);
  if (exponent == 0) return fmt::format("{}", money.minor);
  std::int64_t unit = 1;
  for (int i = 0; i < exponent; ++i) unit *= 10;
  return fmt::format("{}{}.{:0{}}", money.minor < 0 ? "-" : "", std::abs(money.minor / unit),
                     std::abs(money.minor % unit), exponent);
}

}  // namespace snapshelf
