#include "feeds/jsonl_feed.h"

#include <fmt/format.h>

#include <utility>

#include "feeds/json_row.h"
#include "feeds/line_reader.h"

namespace snapshelf {
namespace {

class JsonlFeed final : public FeedReader {
 public:
  JsonlFeed(std::unique_ptr<LineReader> lines, std::filesystem::path folder)
      : lines_(std::move(lines)), folder_(std::move(folder)) {}

  Result<std::optional<FeedRow>> Next() override {
    while (true) {
      const auto line = lines_->Next();
      if (!line) return std::unexpected(line.error());
      if (!*line) return std::nullopt;
      if ((*line)->text.find_first_not_of(" \t\r") == std::string::npos) continue;
      ++rows_read_;
      return ToFeedRow(**line);
    }
  }

  std::int64_t RowsEstimate() const override { return EstimateRows(rows_read_, *lines_); }

 private:
  [[nodiscard]] FeedRow ToFeedRow(const Line& line) const {
    if (line.is_too_long)
      return BadRow{.line = line.number,
                    .id = {},
                    .reason = fmt::format("the row is longer than {} bytes", kRowBytesMax)};
    return ParseJsonRow(line.text, line.number, folder_);
  }

  std::unique_ptr<LineReader> lines_;
  std::filesystem::path folder_;
  std::int64_t rows_read_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeedReader>> OpenJsonlFeed(const std::filesystem::path& path) {
  auto lines = LineReader::Open(path);
  if (!lines) return std::unexpected(std::move(lines).error());
  return std::make_unique<JsonlFeed>(std::move(*lines), path.parent_path());
}

}  // namespace snapshelf
