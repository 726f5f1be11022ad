#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed_reader.h"

namespace snapshelf {

/// The columns of a CSV feed and the keys of a JSONL feed. "title_de" is kTitle with language "de".
enum class FeedField : std::uint8_t {
  kId,
  kTitle,
  kDescription,
  kCategory,
  kBrand,
  kColor,
  kPrice,
  kCurrency,
  kAvailability,
  kLink,
  kImageLink,
  kAdditionalImageLink,
};

struct FeedColumn {
  FeedField field = FeedField::kId;
  std::string language;  ///< of a title; empty: the shop's default
};

/// What a column header or key means, in any case and with spaces around it; nullopt if unknown.
[[nodiscard]] std::optional<FeedColumn> FindFeedColumn(std::string_view name);

/// "a.jpg|b.jpg" or "a.jpg,b.jpg" -> both; a "|" anywhere makes "," an ordinary character.
[[nodiscard]] std::vector<std::string> SplitPictures(std::string_view text);

/// ASCII letters in lower case; others unchanged.
[[nodiscard]] std::string LowerCase(std::string_view text);

/// Collects the fields of one row and checks what every product needs.
class DraftBuilder {
 public:
  /// `folder` is what relative picture paths start from: that of the feed.
  DraftBuilder(std::int64_t line, const std::filesystem::path& folder) : folder_(folder) {
    draft_.line = line;
  }

  /// Sets a field that is one text; pictures are split by SplitPictures.
  void Set(const FeedColumn& column, std::string_view text);
  /// Sets one of the two picture fields from a list.
  void SetPictures(FeedField field, std::vector<std::string> paths);

  /// The product, or why it is none.
  [[nodiscard]] FeedRow Build() &&;

 private:
  [[nodiscard]] std::string FindProblem() const;

  const std::filesystem::path& folder_;
  ProductDraft draft_;
  std::vector<std::string> image_links_;
  std::vector<std::string> additional_image_links_;
};

}  // namespace snapshelf
