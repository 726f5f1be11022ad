#include "feeds/draft_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "feeds/utf8.h"

namespace snapshelf {
namespace {

constexpr std::string_view kTitlePrefix = "title_";

constexpr std::array<std::pair<std::string_view, FeedField>, 12> kColumns = {{
    {"id", FeedField::kId},
    {"title", FeedField::kTitle},
    {"description", FeedField::kDescription},
    {"category", FeedField::kCategory},
    {"brand", FeedField::kBrand},
    {"color", FeedField::kColor},
    {"price", FeedField::kPrice},
    {"currency", FeedField::kCurrency},
    {"availability", FeedField::kAvailability},
    {"link", FeedField::kLink},
    {"image_link", FeedField::kImageLink},
    {"additional_image_link", FeedField::kAdditionalImageLink},
}};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// "https://..." and "data:..." alike: letters and digits before a colon (RFC 3986).
bool HasScheme(std::string_view path) {
  const std::size_t colon = path.find(':');
  if (colon == std::string_view::npos || colon < 2) return false;
  if (!path.substr(colon).starts_with("://") && path.substr(0, colon) != "data") return false;
  return std::ranges::all_of(path.substr(0, colon), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::optional<FeedColumn> FindFeedColumn(std::string_view name) {
  const std::string lower = LowerCase(Trim(name));
  for (const auto& [known, field] : kColumns)
    if (known == lower) return FeedColumn{.field = field, .language = {}};
  if (lower.starts_with(kTitlePrefix) && lower.size() > kTitlePrefix.size())
    return FeedColumn{.field = FeedField::kTitle, .language = lower.substr(kTitlePrefix.size())};
  return std::nullopt;
}

std::vector<std::string> SplitPictures(std::string_view text) {
  const char separator = text.find('|') == std::string_view::npos ? ',' : '|';
  std::vector<std::string> paths;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    paths.emplace_back(Trim(text.substr(0, end)));
    if (end == text.size()) return paths;
    text.remove_prefix(end + 1);
  }
}

void DraftBuilder::Set(const FeedColumn& column, std::string_view text) {
  const std::string_view value = Trim(text);
  switch (column.field) {
    case FeedField::kId:
      draft_.id = value;
      break;
    case FeedField::kTitle:
      if (!value.empty()) draft_.titles[column.language] = value;
      break;
    case FeedField::kDescription:
      draft_.description = value;
      break;
    case FeedField::kCategory:
      draft_.category = value;
      break;
    case FeedField::kBrand:
      draft_.brand = value;
      break;
    case FeedField::kColor:
      draft_.color = value;
      break;
    case FeedField::kPrice:
      draft_.price = value;
      break;
    case FeedField::kCurrency:
      draft_.currency = value;
      break;
    case FeedField::kAvailability:
      draft_.availability = value;
      break;
    case FeedField::kLink:
      draft_.link = value;
      break;
    case FeedField::kImageLink:
      image_links_ = {std::string(value)};
      break;
    case FeedField::kAdditionalImageLink:
      additional_image_links_ = SplitPictures(value);
      break;
  }
}

void DraftBuilder::SetPictures(FeedField field, std::vector<std::string> paths) {
  (field == FeedField::kImageLink ? image_links_ : additional_image_links_) = std::move(paths);
}

std::string DraftBuilder::FindProblem() const {
  const auto is_text = [](const std::string& text) { return IsUtf8Text(text); };
  if (!is_text(draft_.id) || !is_text(draft_.description) || !is_text(draft_.category) ||
      !is_text(draft_.brand) || !is_text(draft_.color) || !is_text(draft_.price) ||
      !is_text(draft_.currency) || !is_text(draft_.availability) || !is_text(draft_.link) ||
      !std::ranges::all_of(
          draft_.titles,
          [&](const auto& title) { return is_text(title.first) && is_text(title.second); }) ||
      !std::ranges::all_of(image_links_, is_text) ||
      !std::ranges::all_of(additional_image_links_, is_text))
    return "the text is not UTF-8; save the feed as UTF-8";
  if (draft_.id.empty()) return "id is missing";
  if (std::ranges::all_of(image_links_, &std::string::empty)) return "image_link is missing";
  for (const auto* links : {&image_links_, &additional_image_links_})
    for (const std::string& link : *links)
      if (HasScheme(link))
        return fmt::format("picture addresses are not fetched; give a path instead of {}", link);
  return {};
}

FeedRow DraftBuilder::Build() && {
  std::string problem = FindProblem();
  if (!problem.empty())
    return BadRow{.line = draft_.line,
                  .id = IsUtf8Text(draft_.id) ? std::move(draft_.id) : std::string(),
                  .reason = std::move(problem)};
  for (const auto* links : {&image_links_, &additional_image_links_})
    for (const std::string& link : *links)
      if (!link.empty()) draft_.pictures.push_back((folder_ / link).lexically_normal());
  return std::move(draft_);
}

}  // namespace snapshelf
