#pragma once

#include <map>
#include <string>
#include <string_view>

#include "products/exchange_rates.h"

namespace snapshelf {

/// The rates by currency of a file in one of the formats of ExchangeRates::Read; at least one.
[[nodiscard]] Result<std::map<std::string, ExchangeRate>> ReadRates(std::string_view text);

}  // namespace snapshelf
