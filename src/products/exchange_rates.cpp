#include "products/exchange_rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "products/read_rates.h"

namespace snapshelf {
namespace {

constexpr std::string_view kEuro = "EUR";
constexpr int kBasesMax = 4;  // a peg to a peg to the euro; more is a circle

__extension__ using Wide = __int128;

/// Units of a currency for one euro: a / 10^decimals.
struct PerEuro {
  Wide mantissa = 1;
  int decimals = 0;
  std::optional<std::chrono::sys_days> date;
};

std::optional<std::chrono::sys_days> Older(std::optional<std::chrono::sys_days> a,
                                           std::optional<std::chrono::sys_days> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<PerEuro> FindPerEuro(const std::map<std::string, ExchangeRate>& rates,
                                   std::string_view currency) {
  PerEuro found;
  for (int i = 0; currency != kEuro; ++i) {
    const auto at = rates.find(std::string(currency));
    if (at == rates.end() || i == kBasesMax) return std::nullopt;
    const ExchangeRate& rate = at->second;
    if (__builtin_mul_overflow(found.mantissa, Wide{rate.mantissa}, &found.mantissa))
      return std::nullopt;
    found.decimals += rate.decimals;
    found.date = Older(found.date, rate.date);
    currency = rate.base;
  }
  return found;
}

bool MultiplyByTens(Wide& value, int count) {
  for (int i = 0; i < count; ++i)
    if (__builtin_mul_overflow(value, Wide{10}, &value)) return false;
  return true;
}

/// price / 10^digits / from * to * 10^to_digits, rounded half up; nothing where it does not fit.
std::optional<std::int64_t> ConvertMinor(const Money& price, const PerEuro& from, const PerEuro& to,
                                         int digits, int to_digits) {
  Wide above = price.minor;
  Wide below = from.mantissa;
  // The powers of ten that stand both above and below the line cancel.
  const int tens = from.decimals + to_digits - to.decimals - digits;
  if (__builtin_mul_overflow(above, to.mantissa, &above)) return std::nullopt;
  if (!MultiplyByTens(tens > 0 ? above : below, std::abs(tens))) return std::nullopt;
  if (__builtin_mul_overflow(above, Wide{2}, &above)) return std::nullopt;
  if (__builtin_add_overflow(above, below, &above)) return std::nullopt;
  if (__builtin_mul_overflow(below, Wide{2}, &below)) return std::nullopt;
  const Wide minor = above / below;
  const auto narrow = static_cast<std::int64_t>(minor);
  if (Wide{narrow} != minor) return std::nullopt;
  return narrow;
}

}  // namespace

Result<ExchangeRates> ExchangeRates::Read(std::string_view text) {
  auto rates = ReadRates(text);
  if (!rates) return std::unexpected(std::move(rates).error());
  ExchangeRates read;
  read.rates_ = std::move(*rates);
  return read;
}

std::string ExchangeRates::Write() const {
  std::string text = "currency,base,rate,date\n";
  for (const auto& [currency, rate] : rates_)
    text += fmt::format("{},{},{},{}\n", currency, rate.base, FormatRate(rate),
                        rate.date ? FormatDate(*rate.date) : "");
  return text;
}

int ExchangeRates::Merge(const ExchangeRates& others) {
  int taken = 0;
  for (const auto& [currency, rate] : others.rates_) {
    const auto at = rates_.find(currency);
    if (at != rates_.end() && at->second.date && rate.date && *rate.date < *at->second.date)
      continue;
    rates_[currency] = rate;
    ++taken;
  }
  return taken;
}

Conversion ExchangeRates::Convert(const Money& price, const std::string& currency,
                                  std::chrono::sys_days today) const {
  using enum Conversion::Status;
  if (price.currency == currency) return {.status = kSameCurrency, .price = price, .date = {}};
  const Conversion none{.status = kNoRate, .price = {}, .date = {}};
  const auto from = FindPerEuro(rates_, price.currency);
  const auto to = FindPerEuro(rates_, currency);
  const auto digits = CurrencyExponent(price.currency);
  const auto to_digits = CurrencyExponent(currency);
  if (!from || !to || !digits || !to_digits) return none;
  const auto date = Older(from->date, to->date);
  if (date && today - *date > kRateLifetime)
    return {.status = kStaleRate, .price = {}, .date = date};
  const auto minor = ConvertMinor(price, *from, *to, *digits, *to_digits);
  if (!minor) return none;
  return {.status = kConverted, .price = {.minor = *minor, .currency = currency}, .date = date};
}

std::string FormatRate(const ExchangeRate& rate) {
  std::string digits = fmt::format("{:0{}}", rate.mantissa, rate.decimals + 1);
  if (rate.decimals > 0)
    digits.insert(digits.size() - static_cast<std::size_t>(rate.decimals), 1, '.');
  return digits;
}

std::string FormatDate(std::chrono::sys_days date) {
  const std::chrono::year_month_day day(date);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace snapshelf
