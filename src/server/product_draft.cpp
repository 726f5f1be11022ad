#include "server/product_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "server/problem.h"
#include "server/url.h"

namespace snapshelf {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kIdBytesMax = 200;
constexpr std::size_t kShortBytesMax = 1'000;
constexpr std::size_t kDescriptionBytesMax = 50'000;
constexpr std::size_t kLanguagesMax = 100;

constexpr std::array<std::string_view, 11> kKnown = {
    "id",    "title", "titles",   "description",  "category", "brand",
    "color", "price", "currency", "availability", "link"};
constexpr std::string_view kPictures = "pictures";
/// What people also call it.
constexpr std::array<std::string_view, 5> kOtherPictures = {"picture", "image", "images",
                                                            "image_link", "additional_image_link"};
constexpr std::size_t kAddressesMax = 20;

template <std::size_t n>
bool Contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Reads a draft member by member and collects what is wrong.
class DraftReader {
 public:
  explicit DraftReader(const Json& json) : json_(json) {}

  void CheckNames(bool takes_addresses) {
    for (const auto& [name, value] : json_.items()) {
      if (Contains(kKnown, name) || (takes_addresses && name == kPictures)) continue;
      const bool is_address = name == kPictures || Contains(kOtherPictures, name);
      if (is_address && takes_addresses) {
        Wrong(name, "unknown; a list of picture addresses is called \"pictures\"");
      } else if (is_address) {
        Wrong(name,
              "picture addresses are off (serve --picture-hosts switches them on); send the bytes "
              "as parts named picture of a multipart/form-data body");
      } else {
        Wrong(name, fmt::format("unknown; these are known: {}", fmt::join(kKnown, ", ")));
      }
    }
  }

  std::vector<std::string> PictureAddresses() {
    std::vector<std::string> addresses;
    const auto found = json_.find(kPictures);
    if (found == json_.end()) return addresses;
    const bool is_fine =
        found->is_array() && !found->empty() && found->size() <= kAddressesMax &&
        std::ranges::all_of(*found, [](const Json& one) {
          return one.is_string() && one.get_ref<const std::string&>().size() <= kShortBytesMax;
        });
    if (!is_fine) {
      Wrong(std::string(kPictures),
            fmt::format("must be a list of 1 to {} addresses of at most {} bytes", kAddressesMax,
                        kShortBytesMax));
      return addresses;
    }
    for (const Json& one : *found) addresses.push_back(one.get<std::string>());
    return addresses;
  }

  std::string Text(const std::string& name, std::size_t bytes_max) {
    const auto found = json_.find(name);
    if (found == json_.end()) return {};
    if (found->is_string() && found->get_ref<const std::string&>().size() <= bytes_max)
      return found->get<std::string>();
    Wrong(name, fmt::format("must be text of at most {} bytes", bytes_max));
    return {};
  }

  std::map<std::string, std::string> Titles() {
    std::map<std::string, std::string> titles;
    const auto found = json_.find("titles");
    if (found != json_.end()) {
      bool is_fine = found->is_object() && found->size() <= kLanguagesMax;
      for (auto it = found->begin(); is_fine && it != found->end(); ++it) {
        is_fine = it->is_string() && it->get_ref<const std::string&>().size() <= kShortBytesMax;
        if (is_fine) titles[it.key()] = it->get<std::string>();
      }
      if (!is_fine) Wrong("titles", "must be an object of language codes and texts");
    }
    std::string title = Text("title", kShortBytesMax);
    if (!title.empty()) titles[""] = std::move(title);
    return titles;
  }

  std::optional<Money> Price() {
    const std::string currency = Text("currency", kShortBytesMax);
    const auto found = json_.find("price");
    if (found == json_.end()) {
      if (!currency.empty() && !CurrencyExponent(currency))
        Wrong("currency", std::string(kCurrencyRule));
      return std::nullopt;
    }
    if (!found->is_string()) {
      Wrong("price", "must be decimal text such as \"12.99\": a number may lose digits");
    } else if (!CurrencyExponent(currency)) {
      Wrong("currency", std::string(kCurrencyRule));
    } else {
      auto money = ParseMoney(found->get_ref<const std::string&>(), currency);
      if (money) return std::move(*money);
      Wrong("price", money.error().message);
    }
    return std::nullopt;
  }

  Availability ReadAvailability() {
    const std::string name = Text("availability", kShortBytesMax);
    if (name.empty()) return Availability::kInStock;
    const auto parsed = ParseAvailability(name);
    if (parsed) return *parsed;
    Wrong("availability", "must be in_stock, out_of_stock, preorder or backorder");
    return Availability::kInStock;
  }

  void CheckId(const std::string& id) {
    const std::string given = Text("id", kIdBytesMax);
    if (!given.empty() && given != id)
      Wrong("id", fmt::format("must be the id of the address, \"{}\"", id));
    if (id.size() > kIdBytesMax || !IsPlainText(id))
      errors_.push_back(
          {.field = "id",
           .value = id,
           .detail = fmt::format("must be UTF-8 text of 1 to {} bytes", kIdBytesMax)});
  }

  [[nodiscard]] std::vector<FieldError>& errors() { return errors_; }

 private:
  void Wrong(const std::string& name, std::string detail) {
    const auto found = json_.find(name);
    std::string value;
    if (found != json_.end())
      value = found->is_string() ? found->get<std::string>() : found->dump();
    errors_.push_back({.field = name, .value = std::move(value), .detail = std::move(detail)});
  }

  const Json& json_;
  std::vector<FieldError> errors_;
};

}  // namespace

std::expected<Product, Problem> ParseProductDraft(const std::string& id, std::string_view json,
                                                  std::vector<std::string>* picture_addresses) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object())
    return std::unexpected(ProblemOf(
        {Code::kInvalidArgument, parsed.is_discarded() ? "the product is not valid JSON"
                                                       : "the product must be a JSON object"}));
  DraftReader reader(parsed);
  reader.CheckNames(picture_addresses != nullptr);
  reader.CheckId(id);
  Product product;
  product.id = id;
  product.titles = reader.Titles();
  product.description = reader.Text("description", kDescriptionBytesMax);
  product.category = reader.Text("category", kShortBytesMax);
  product.brand = reader.Text("brand", kShortBytesMax);
  product.color = reader.Text("color", kShortBytesMax);
  product.price = reader.Price();
  product.availability = reader.ReadAvailability();
  product.link = reader.Text("link", kShortBytesMax);
  if (picture_addresses != nullptr) *picture_addresses = reader.PictureAddresses();
  if (!reader.errors().empty()) return std::unexpected(InvalidFields(std::move(reader.errors())));
  return product;
}

}  // namespace snapshelf
