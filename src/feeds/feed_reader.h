#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// One product as a feed describes it: text is trimmed, nothing is converted or checked against the
/// store yet.
struct ProductDraft {
  std::int64_t line = 0;  ///< of the feed, 1-based, where the row starts; 0 for a folder
  std::string id;
  std::map<std::string, std::string>
      titles;  ///< "title" -> "", "title_de" or {"title":{"de":..}} -> "de"
  std::string description;
  std::string category;
  std::string brand;
  std::string color;  ///< "Red" or "Red/White"
  std::string price;  ///< "15.00" or "15.00 EUR"; empty: no price
  std::string currency;
  std::string availability;  ///< empty: in stock
  std::string link;
  std::vector<std::filesystem::path>
      pictures;  ///< image_link first, then additional_image_link; absolute
};

/// A row that cannot be a product.
struct BadRow {
  std::int64_t line = 0;
  std::string id;  ///< if it could be read
  std::string reason;
};

using FeedRow = std::variant<ProductDraft, BadRow>;

/// Streams a catalog: memory does not grow with the feed. Not thread-safe.
class FeedReader {
 public:
  virtual ~FeedReader() = default;
  /// The next row; nullopt at the end. errors: kIoError when reading breaks off.
  virtual Result<std::optional<FeedRow>> Next() = 0;
  /// A guess of how many rows there are in all, for the progress bar (exact for a folder; from
  /// bytes read for a file); 0: unknown yet.
  [[nodiscard]] virtual std::int64_t RowsEstimate() const = 0;
};

/// Opens `source` by what it is: *.csv (RFC 4180, header row, UTF-8, BOM taken), *.jsonl / *.ndjson
/// (an object a line), or a folder of pictures (one product each, id and title from the file name,
/// sorted).
///
/// errors: kNotFound, kInvalidArgument (unknown ending: lists the known ones; CSV header without id
/// or image_link).
[[nodiscard]] Result<std::unique_ptr<FeedReader>> OpenFeed(const std::filesystem::path& source);

}  // namespace snapshelf
