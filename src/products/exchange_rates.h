#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "products/product.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// One unit of `base` costs mantissa / 10^decimals units of a currency.
struct ExchangeRate {
  std::string base = "EUR";
  std::int64_t mantissa = 1;
  int decimals = 0;
  std::optional<std::chrono::sys_days> date;  ///< none: holds until it is replaced, as a peg does
  bool operator==(const ExchangeRate&) const = default;
};

/// How a price looks in another currency.
struct Conversion {
  enum class Status : std::uint8_t { kConverted, kSameCurrency, kNoRate, kStaleRate };
  Status status = Status::kNoRate;
  Money price;                                ///< with kConverted and kSameCurrency
  std::optional<std::chrono::sys_days> date;  ///< of the older of the two rates
};

/// Reference rates by currency, each with its date. Amounts are converted exactly and rounded once,
/// half up, to the smallest unit of the target.
class ExchangeRates {
 public:
  /// Reads one of these, told by its beginning:
  ///  - the European Central Bank's eurofxref XML or CSV, daily or historical (the newest day);
  ///  - CSV with the columns currency,base,rate,date: "AED,USD,3.6725," is a peg (no date),
  ///    "TWD,USD,31.52,2026-11-20" a rate of one's own.
  /// errors: kInvalidArgument names line or currency, and the value.
  static Result<ExchangeRates> Read(std::string_view text);

  /// The last of the formats that Read takes.
  [[nodiscard]] std::string Write() const;

  /// Takes the rates of `others` over, except those older than what is here. Returns how many were
  /// taken.
  int Merge(const ExchangeRates& others);

  /// A dated rate counts for a week: central banks skip holidays, and prices must not drift.
  [[nodiscard]] Conversion Convert(const Money& price, const std::string& currency,
                                   std::chrono::sys_days today) const;

  [[nodiscard]] const std::map<std::string, ExchangeRate>& all() const { return rates_; }

 private:
  std::map<std::string, ExchangeRate> rates_;  ///< by currency; EUR is not among them
};

inline constexpr std::chrono::days kRateLifetime{7};

/// Rates as they were when a query began, and the day it was.
struct PriceConverter {
  std::shared_ptr<const ExchangeRates> rates;
  std::chrono::sys_days today;

  [[nodiscard]] Conversion Convert(const Money& price, const std::string& currency) const {
    return rates->Convert(price, currency, today);
  }
};

/// Not where there is no price, or it is in that currency already.
[[nodiscard]] inline bool NeedsConversion(const std::optional<Money>& price,
                                          const std::string& currency) {
  return price && price->currency != currency;
}

/// "1.0856"
[[nodiscard]] std::string FormatRate(const ExchangeRate& rate);

/// "2026-11-20"
[[nodiscard]] std::string FormatDate(std::chrono::sys_days date);

}  // namespace snapshelf
