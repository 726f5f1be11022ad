#include "feeds/csv_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace snapshelf {
namespace {

// Takes lines apart one after the other; a quoted field may go on in the next one.
class RowParser {
 public:
  explicit RowParser(CsvRow& row) : row_(row) {}

  [[nodiscard]] bool in_quotes() const { return in_quotes_; }

  // False if the row is broken; row_.problem says why.
  bool Take(std::string_view line) {
    std::size_t at = 0;
    if (!in_quotes_) {
      StartField(line, at);
    } else {
      field_ += '\n';  // a line end inside quotes belongs to the field
    }
    while (true) {
      if (in_quotes_ && !TakeQuoted(line, at)) return in_quotes_;
      if (!TakeUnquoted(line, at)) return row_.problem.empty();
      StartField(line, at);
    }
  }

 private:
  void StartField(std::string_view line, std::size_t& at) {
    was_quoted_ = at < line.size() && line[at] == '"';
    in_quotes_ = was_quoted_;
    if (was_quoted_) ++at;
  }

  // Up to and with the closing quote; false if the line ends before it.
  bool TakeQuoted(std::string_view line, std::size_t& at) {
    while (true) {
      const std::size_t quote = line.find('"', at);
      if (quote == std::string_view::npos) {
        field_.append(line.substr(at));
        return false;
      }
      field_.append(line.substr(at, quote - at));
      at = quote + 1;
      if (at >= line.size() || line[at] != '"') break;
      field_ += '"';  // "" stands for one quote
      ++at;
    }
    in_quotes_ = false;
    return true;
  }

  // Up to and with the comma behind the field; false if the row ends or is broken.
  bool TakeUnquoted(std::string_view line, std::size_t& at) {
    const std::size_t comma = std::min(line.find(',', at), line.size());
    const std::string_view rest = line.substr(at, comma - at);
    if (was_quoted_ && rest.find_first_not_of(" \t") != std::string_view::npos) {
      row_.problem = fmt::format("broken quotes: text after the closing quote of field {}",
                                 row_.fields.size() + 1);
      return false;
    }
    if (!was_quoted_) field_.append(rest);
    row_.fields.push_back(std::exchange(field_, {}));
    at = comma + 1;
    return comma < line.size();
  }

  CsvRow& row_;
  std::string field_;
  bool in_quotes_ = false;
  bool was_quoted_ = false;
};

Result<std::optional<Line>> FirstLineWithText(LineReader& lines) {
  while (true) {
    auto line = lines.Next();
    if (!line || !*line) return line;
    if ((*line)->text.find_first_not_of(" \t") != std::string::npos) return line;
  }
}

// Reads until the row is complete or has a problem.
Status ReadRow(LineReader& lines, std::string first_line, CsvRow& row) {
  RowParser parser(row);
  std::string text = std::move(first_line);
  std::size_t row_bytes = 0;
  while (true) {
    row_bytes += text.size() + 1;
    if (row_bytes > kRowBytesMax + 1) {
      row.problem = fmt::format("the row is longer than {} bytes{}", kRowBytesMax,
                                parser.in_quotes() ? "; is a closing quote missing?" : "");
      return {};
    }
    if (!parser.Take(text) || !parser.in_quotes()) return {};
    auto next = lines.Next();
    if (!next) return std::unexpected(std::move(next).error());
    if (!*next) {
      row.problem = fmt::format("broken quotes: field {} is never closed", row.fields.size() + 1);
      return {};
    }
    text = std::move((*next)->text);
  }
}

}  // namespace

Result<std::optional<CsvRow>> ReadCsvRow(LineReader& lines) {
  auto first = FirstLineWithText(lines);
  if (!first) return std::unexpected(std::move(first).error());
  if (!*first) return std::nullopt;
  const LinePosition after_first = lines.position();
  CsvRow row{.line = (*first)->number, .fields = {}, .problem = {}};
  SNAPSHELF_RETURN_IF_ERROR(ReadRow(lines, std::move((*first)->text), row));
  if (!row.problem.empty() && lines.position().offset_bytes != after_first.offset_bytes)
    lines.GoTo(after_first);
  return row;
}

}  // namespace snapshelf
