#include "feeds/csv_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "feeds/csv_row.h"
#include "feeds/draft_builder.h"
#include "feeds/line_reader.h"

namespace snapshelf {
namespace {

using Columns = std::vector<std::optional<FeedColumn>>;  // by position; nullopt: ignored

class CsvFeed final : public FeedReader {
 public:
  CsvFeed(std::unique_ptr<LineReader> lines, Columns columns, std::filesystem::path folder)
      : lines_(std::move(lines)), columns_(std::move(columns)), folder_(std::move(folder)) {}

  Result<std::optional<FeedRow>> Next() override {
    auto row = ReadCsvRow(*lines_);
    if (!row) return std::unexpected(std::move(row).error());
    if (!*row) return std::nullopt;
    ++rows_read_;
    return ToFeedRow(**row);
  }

  std::int64_t RowsEstimate() const override { return EstimateRows(rows_read_, *lines_); }

 private:
  [[nodiscard]] FeedRow ToFeedRow(const CsvRow& row) const {
    if (!row.problem.empty()) return BadRow{.line = row.line, .id = {}, .reason = row.problem};
    DraftBuilder draft(row.line, folder_);
    for (std::size_t i = 0; i < std::min(columns_.size(), row.fields.size()); ++i)
      if (columns_[i]) draft.Set(*columns_[i], row.fields[i]);
    if (row.fields.size() == columns_.size()) return std::move(draft).Build();
    return BadRow{.line = row.line,
                  .id = {},
                  .reason = fmt::format("{} fields, but the header has {}", row.fields.size(),
                                        columns_.size())};
  }

  std::unique_ptr<LineReader> lines_;
  Columns columns_;
  std::filesystem::path folder_;
  std::int64_t rows_read_ = 0;
};

bool Has(const Columns& columns, FeedField field) {
  return std::ranges::any_of(columns,
                             [&](const auto& column) { return column && column->field == field; });
}

Result<Columns> ReadHeader(LineReader& lines, const std::string& path) {
  const auto header = ReadCsvRow(lines);
  if (!header) return std::unexpected(header.error());
  if (!*header) return Fail(Code::kInvalidArgument, fmt::format("feed {}: is empty", path));
  if (!(*header)->problem.empty())
    return Fail(Code::kInvalidArgument,
                fmt::format("feed {}: header: {}", path, (*header)->problem));
  Columns columns;
  for (const std::string& name : (*header)->fields) {
    auto column = FindFeedColumn(name);
    const auto is_same = [&](const auto& other) {
      return column && other && other->field == column->field &&
             other->language == column->language;
    };
    if (std::ranges::any_of(columns, is_same))
      return Fail(Code::kInvalidArgument,
                  fmt::format("feed {}: header: column {} is there twice", path, name));
    columns.push_back(std::move(column));
  }
  if (!Has(columns, FeedField::kId) || !Has(columns, FeedField::kImageLink))
    return Fail(Code::kInvalidArgument,
                fmt::format("feed {}: the header needs the columns id and image_link, separated by "
                            "commas",
                            path));
  return columns;
}

}  // namespace

Result<std::unique_ptr<FeedReader>> OpenCsvFeed(const std::filesystem::path& path) {
  auto lines = LineReader::Open(path);
  if (!lines) return std::unexpected(std::move(lines).error());
  auto columns = ReadHeader(**lines, path.string());
  if (!columns) return std::unexpected(std::move(columns).error());
  return std::make_unique<CsvFeed>(std::move(*lines), std::move(*columns), path.parent_path());
}

}  // namespace snapshelf
