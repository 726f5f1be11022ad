#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "products/exchange_rates.h"
#include "products/product_store.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// What an import of rates did.
struct RatesImport {
  int taken = 0;
  int older = 0;  ///< left out: the store has later ones
};

/// The exchange rates of a shop: kept in its store, read again now and then, so that all servers of
/// one store follow an import within seconds.
///
/// Owned by the composition root; outlived by the store. threads: safe.
class RatesBook {
 public:
  explicit RatesBook(ProductStore& store) : store_(store) {}

  /// Empty rates if there never were any. errors: those of the store; kCorruption.
  [[nodiscard]] Result<std::shared_ptr<const ExchangeRates>> Get() const;

  /// With the rates of now and today's date (UTC).
  [[nodiscard]] Result<std::shared_ptr<const PriceConverter>> Converter() const;

  /// Takes a file's rates over, all or nothing. errors: those of ExchangeRates::Read and the store.
  Result<RatesImport> Import(std::string_view text);

 private:
  Result<std::shared_ptr<const ExchangeRates>> Read() const;

  ProductStore& store_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const ExchangeRates> rates_;
  mutable std::chrono::steady_clock::time_point read_at_;
};

}  // namespace snapshelf
