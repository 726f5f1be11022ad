// GET /v1/languages and /v1/currencies: what the page lets a shopper choose.
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.h"
#include "products/product.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

using Json = nlohmann::ordered_json;

struct Language {
  std::string_view code;       // BCP 47
  std::string_view name;       // its own, as its readers look for it
  std::string_view direction;  // of its script
};

constexpr std::array<Language, 20> kLanguages = {{
    {"en", "English", "ltr"},      {"fr", "Français", "ltr"}, {"de", "Deutsch", "ltr"},
    {"es", "Español", "ltr"},      {"it", "Italiano", "ltr"}, {"pt", "Português", "ltr"},
    {"nl", "Nederlands", "ltr"},   {"pl", "Polski", "ltr"},   {"cs", "Čeština", "ltr"},
    {"sk", "Slovenčina", "ltr"},   {"hu", "Magyar", "ltr"},   {"ro", "Română", "ltr"},
    {"el", "Ελληνικά", "ltr"},     {"sv", "Svenska", "ltr"},  {"da", "Dansk", "ltr"},
    {"nb", "Norsk bokmål", "ltr"}, {"fi", "Suomi", "ltr"},    {"tr", "Türkçe", "ltr"},
    {"ar", "العربية", "rtl"},      {"he", "עברית", "rtl"},
}};

struct Currency {
  std::string_view code;  // ISO 4217
  std::string_view name;  // English
};

constexpr std::array<Currency, 35> kCurrencies = {{
    {"EUR", "Euro"},
    {"USD", "US dollar"},
    {"JPY", "Japanese yen"},
    {"CZK", "Czech koruna"},
    {"DKK", "Danish krone"},
    {"GBP", "Pound sterling"},
    {"HUF", "Hungarian forint"},
    {"PLN", "Polish zloty"},
    {"RON", "Romanian leu"},
    {"SEK", "Swedish krona"},
    {"CHF", "Swiss franc"},
    {"ISK", "Icelandic króna"},
    {"NOK", "Norwegian krone"},
    {"TRY", "Turkish lira"},
    {"AUD", "Australian dollar"},
    {"BRL", "Brazilian real"},
    {"CAD", "Canadian dollar"},
    {"CNY", "Chinese yuan"},
    {"HKD", "Hong Kong dollar"},
    {"IDR", "Indonesian rupiah"},
    {"ILS", "Israeli new shekel"},
    {"INR", "Indian rupee"},
    {"KRW", "South Korean won"},
    {"MXN", "Mexican peso"},
    {"MYR", "Malaysian ringgit"},
    {"NZD", "New Zealand dollar"},
    {"PHP", "Philippine peso"},
    {"SGD", "Singapore dollar"},
    {"THB", "Thai baht"},
    {"ZAR", "South African rand"},
    {"AED", "UAE dirham"},
    {"SAR", "Saudi riyal"},
    {"TWD", "New Taiwan dollar"},
    {"CLP", "Chilean peso"},
    {"COP", "Colombian peso"},
}};

std::string LanguagesJson() {
  Json items = Json::array();
  for (const Language& language : kLanguages)
    items.push_back(
        {{"code", language.code}, {"name", language.name}, {"direction", language.direction}});
  return Json{{"items", std::move(items)}}.dump();
}

std::string CurrenciesJson() {
  Json items = Json::array();
  for (const Currency& currency : kCurrencies) {
    const auto digits = CurrencyExponent(currency.code);
    SNAPSHELF_CHECK(digits.has_value());
    items.push_back({{"code", currency.code}, {"name", currency.name}, {"digits", *digits}});
  }
  return Json{{"items", std::move(items)}}.dump();
}

void AddList(Router& router, const std::string& path, std::string body) {
  router.Add({.method = "GET",
              .pattern = path,
              .lane = Lane::kInline,
              .handler = [body = std::move(body)](const HttpRequest&) -> HttpResult {
                return HttpResponse{.status = 200,
                                    .media_type = "application/json",
                                    .headers = {},
                                    .body = body,
                                    .events = {}};
              },
              .name = {}});
}

}  // namespace

void AddOfferRoutes(Router& router) {
  AddList(router, "/v1/languages", LanguagesJson());
  AddList(router, "/v1/currencies", CurrenciesJson());
}

}  // namespace snapshelf
