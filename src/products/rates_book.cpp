#include "products/rates_book.h"

#include <utility>

#include "base/check.h"

namespace snapshelf {
namespace {

constexpr const char* kSetting = "exchange_rates";
constexpr std::chrono::seconds kReadAgainAfter{1};

}  // namespace

Result<std::shared_ptr<const ExchangeRates>> RatesBook::Read() const {
  const auto text = store_.GetSetting(kSetting);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return std::make_shared<const ExchangeRates>();
  auto rates = ExchangeRates::Read(*text);
  if (!rates) return Fail(Code::kCorruption, "stored " + rates.error().message);
  return std::make_shared<const ExchangeRates>(std::move(*rates));
}

Result<std::shared_ptr<const ExchangeRates>> RatesBook::Get() const {
  const auto now = std::chrono::steady_clock::now();
  const std::scoped_lock lock(mutex_);
  if (rates_ && now - read_at_ < kReadAgainAfter) return rates_;
  auto read = Read();
  if (!read) return read;
  rates_ = std::move(*read);
  read_at_ = now;
  return rates_;
}

Result<std::shared_ptr<const PriceConverter>> RatesBook::Converter() const {
  auto rates = Get();
  if (!rates) return std::unexpected(std::move(rates).error());
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return std::make_shared<const PriceConverter>(std::move(*rates), today);
}

Result<RatesImport> RatesBook::Import(std::string_view text) {
  const auto file = ExchangeRates::Read(text);
  if (!file) return std::unexpected(file.error());
  const std::scoped_lock lock(mutex_);
  const auto stored = Read();
  if (!stored) return std::unexpected(stored.error());
  ExchangeRates merged = **stored;
  RatesImport done;
  done.taken = merged.Merge(*file);
  done.older = static_cast<int>(file->all().size()) - done.taken;
  SNAPSHELF_RETURN_IF_ERROR(store_.SetSetting(kSetting, merged.Write()));
  rates_ = std::make_shared<const ExchangeRates>(std::move(merged));
  read_at_ = std::chrono::steady_clock::now();
  return done;
}

}  // namespace snapshelf
