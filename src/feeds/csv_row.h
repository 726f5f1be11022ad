#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "feeds/line_reader.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// One record of a CSV file (RFC 4180), or why the lines there are none.
struct CsvRow {
  std::int64_t line = 0;  ///< where it starts, 1-based
  std::vector<std::string> fields;
  std::string problem;  ///< empty for a good row
};

/// Reads the next record, which may go over several lines inside quotes; empty lines are skipped.
/// After a problem (text after a closing quote, a quote that is never closed, a row that is too
/// long) `lines` stands at the line after the one where the record started, so that one bad quote
/// does not swallow the rows after it. A quote inside an unquoted field is an ordinary character.
///
/// returns nullopt at the end of the file. errors: kIoError.
[[nodiscard]] Result<std::optional<CsvRow>> ReadCsvRow(LineReader& lines);

}  // namespace snapshelf
