#include "products/read_rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>
#include <utility>
#include <vector>

#include "base/check.h"

namespace snapshelf {
namespace {

using Rates = std::map<std::string, ExchangeRate>;

constexpr std::size_t kDigitsMax = 15;
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(Trim(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> ParseInt(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "2026-11-20" or, as in the ECB's daily CSV, "20 November 2026".
std::optional<std::chrono::sys_days> ParseDate(std::string_view text) {
  std::array<std::optional<int>, 3> parts;  // year, month, day
  if (text.contains('-')) {
    const auto words = Split(text, '-');
    if (words.size() != 3) return std::nullopt;
    for (std::size_t i = 0; i < 3; ++i) parts[i] = ParseInt(words[i]);
  } else {
    const auto words = Split(text, ' ');
    if (words.size() != 3) return std::nullopt;
    const auto* const month = std::ranges::find(kMonths, words[1]);
    if (month == kMonths.end()) return std::nullopt;
    parts = {ParseInt(words[2]), static_cast<int>(month - kMonths.begin()) + 1, ParseInt(words[0])};
  }
  if (!parts[0] || !parts[1] || !parts[2]) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(*parts[0]),
                                        std::chrono::month(static_cast<unsigned>(*parts[1])),
                                        std::chrono::day(static_cast<unsigned>(*parts[2]))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day);
}

std::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, "exchange rates: " + std::move(message));
}

/// "1.0856" exactly.
Status ParseRate(std::string_view text, ExchangeRate& rate) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  if (point < text.size()) digits += text.substr(point + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), rate.mantissa);
  const bool is_number = !digits.empty() && digits.size() <= kDigitsMax && error == std::errc() &&
                         end == digits.data() + digits.size() && digits.front() != '-';
  if (!is_number || rate.mantissa == 0)
    return Bad(
        fmt::format("\"{}\" is no rate; write it as 1.0856, above 0 and with at most {} "
                    "digits",
                    text, kDigitsMax));
  rate.decimals = static_cast<int>(point < text.size() ? text.size() - point - 1 : 0);
  return {};
}

Status AddRate(std::string_view currency, const ExchangeRate& rate, Rates& rates) {
  if (const auto known = CurrencyExponent(currency); !known) return Bad(known.error().message);
  if (currency == rate.base) return Bad(fmt::format("{} has itself as its base", currency));
  if (!rates.emplace(std::string(currency), rate).second)
    return Bad(fmt::format("{} stands there twice", currency));
  return {};
}

/// Files of the ECB hold many days at times: the newest one counts.
Result<Rates> ReadEcbXml(std::string_view text) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(text.data(), text.size());
  if (!parsed) return Bad(fmt::format("no valid XML: {}", parsed.description()));
  pugi::xml_node newest;
  std::optional<std::chrono::sys_days> date;
  for (const pugi::xpath_node& found : document.select_nodes("//*[local-name()='Cube'][@time]")) {
    const char* const time = found.node().attribute("time").value();
    const auto day = ParseDate(time);
    if (!day) return Bad(fmt::format("Cube time=\"{}\" is no date", time));
    if (date && *day <= *date) continue;
    date = day;
    newest = found.node();
  }
  if (!date) return Bad("the XML has no Cube with a time, as the ECB's eurofxref has");
  Rates rates;
  for (const pugi::xml_node& cube : newest.children()) {
    ExchangeRate rate{.date = date};
    SNAPSHELF_RETURN_IF_ERROR(ParseRate(cube.attribute("rate").value(), rate));
    SNAPSHELF_RETURN_IF_ERROR(AddRate(cube.attribute("currency").value(), rate, rates));
  }
  return rates;
}

/// Date,USD,JPY,... and a line a day; "N/A" where a currency had no rate.
Result<Rates> ReadEcbCsv(const std::vector<std::string_view>& lines) {
  const auto header = Split(lines.front(), ',');
  std::vector<std::string_view> newest;
  std::optional<std::chrono::sys_days> date;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    auto cells = Split(lines[i], ',');
    const auto day = ParseDate(cells.front());
    if (!day) return Bad(fmt::format("line {}: \"{}\" is no date", i + 1, cells.front()));
    if (cells.size() != header.size())
      return Bad(fmt::format("line {} has {} columns, the first line {}", i + 1, cells.size(),
                             header.size()));
    if (date && *day <= *date) continue;
    date = day;
    newest = std::move(cells);
  }
  Rates rates;
  for (std::size_t i = 1; i < newest.size(); ++i) {
    if (newest[i].empty() || newest[i] == "N/A") continue;
    ExchangeRate rate{.date = date};
    SNAPSHELF_RETURN_IF_ERROR(ParseRate(newest[i], rate));
    SNAPSHELF_RETURN_IF_ERROR(AddRate(header[i], rate, rates));
  }
  return rates;
}

Result<Rates> ReadOwnCsv(const std::vector<std::string_view>& lines) {
  Rates rates;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].starts_with('#')) continue;
    const auto cells = Split(lines[i], ',');
    const auto at = fmt::format("line {}", i + 1);
    if (cells.size() != 4) return Bad(fmt::format("{} has {} columns, not 4", at, cells.size()));
    ExchangeRate rate{.base = std::string(cells[1])};
    if (const auto known = CurrencyExponent(rate.base); !known) return Annotate(at, known.error());
    if (!cells[3].empty()) {
      rate.date = ParseDate(cells[3]);
      if (!rate.date)
        return Bad(fmt::format("{}: \"{}\" is no date such as 2026-11-20", at, cells[3]));
    }
    if (auto status = ParseRate(cells[2], rate); !status)
      return Annotate(at, std::move(status).error());
    if (auto status = AddRate(cells[0], rate, rates); !status)
      return Annotate(at, std::move(status).error());
  }
  return rates;
}

Result<Rates> ReadAny(std::string_view text) {
  if (Trim(text).starts_with('<')) return ReadEcbXml(text);
  const auto lines = Split(text, '\n');
  const auto header = Split(lines.front(), ',');
  if (header.front() == "Date") return ReadEcbCsv(lines);
  if (header == std::vector<std::string_view>{"currency", "base", "rate", "date"})
    return ReadOwnCsv(lines);
  return Bad(
      fmt::format("the first line \"{}\" is neither the ECB's (Date,USD,...) nor "
                  "currency,base,rate,date, and the file is no XML",
                  lines.front().substr(0, 60)));
}

}  // namespace

Result<Rates> ReadRates(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto rates = ReadAny(text);
  if (rates && rates->empty()) return Bad("the file holds no rate");
  return rates;
}

}  // namespace snapshelf
