#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// A row may take this many bytes: no real one comes near it, and a feed that is one endless line
/// must not fill the memory.
inline constexpr std::size_t kRowBytesMax = 1 << 20;

/// One line of a feed, without its line end.
struct Line {
  std::string text;          ///< cut after kRowBytesMax + 1 bytes
  std::int64_t number = 0;   ///< 1-based
  bool is_too_long = false;  ///< longer than kRowBytesMax
};

/// A place between two lines, to go on from again.
struct LinePosition {
  std::uint64_t offset_bytes = 0;
  std::int64_t next_number = 1;
};

/// Reads a text file line by line ("\n" or "\r\n"), skipping a UTF-8 byte order mark, in bounded
/// memory. Not thread-safe.
class LineReader {
 public:
  /// errors: kNotFound if the file cannot be opened.
  static Result<std::unique_ptr<LineReader>> Open(const std::filesystem::path& path);

  /// The next line; nullopt at the end. errors: kIoError.
  Result<std::optional<Line>> Next();

  [[nodiscard]] LinePosition position() const { return {offset_bytes_, next_number_}; }
  /// Goes back to a place that position() gave.
  void GoTo(const LinePosition& position);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  LineReader(std::filesystem::path path, std::ifstream file, std::uint64_t size_bytes);
  Result<bool> Fill();

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is unread in buffer_
  std::size_t end_ = 0;
  std::uint64_t offset_bytes_ = 0;  // of the next unread byte
  std::int64_t next_number_ = 1;
};

/// How many rows a file has in all, judged by those read so far; 0 before the first one.
[[nodiscard]] std::int64_t EstimateRows(std::int64_t rows_read, const LineReader& lines);

}  // namespace snapshelf
