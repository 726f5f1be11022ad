#include "feeds/line_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace snapshelf {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<std::unique_ptr<LineReader>> LineReader::Open(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size_bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    return Fail(Code::kNotFound, fmt::format("feed {}: cannot be opened: {}", path.string(),
                                             error ? error.message() : "check its rights"));
  return std::unique_ptr<LineReader>(new LineReader(path, std::move(file), size_bytes));
}

LineReader::LineReader(std::filesystem::path path, std::ifstream file, std::uint64_t size_bytes)
    : path_(std::move(path)),
      file_(std::move(file)),
      size_bytes_(size_bytes),
      buffer_(kBufferBytes) {}

Result<bool> LineReader::Fill() {
  file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (file_.bad())
    return Fail(Code::kIoError, fmt::format("feed {}: cannot be read after byte {}", path_.string(),
                                            offset_bytes_));
  begin_ = 0;
  end_ = static_cast<std::size_t>(file_.gcount());
  return end_ > 0;
}

Result<std::optional<Line>> LineReader::Next() {
  Line line{.text = {}, .number = next_number_, .is_too_long = false};
  bool has_any = false;
  bool ended = false;
  while (!ended) {
    if (begin_ == end_) {
      const auto has_more = Fill();
      if (!has_more) return std::unexpected(has_more.error());
      if (!*has_more) break;
    }
    has_any = true;
    const char* const first = buffer_.data() + begin_;
    const char* const last = buffer_.data() + end_;
    const char* const newline = std::find(first, last, '\n');
    ended = newline != last;
    const std::size_t room = kRowBytesMax + 1 - line.text.size();
    line.text.append(first, std::min(static_cast<std::size_t>(newline - first), room));
    const std::size_t taken = static_cast<std::size_t>(newline - first) + (ended ? 1 : 0);
    begin_ += taken;
    offset_bytes_ += taken;
  }
  if (!has_any) return std::nullopt;
  line.is_too_long = line.text.size() > kRowBytesMax;
  if (ended && line.text.ends_with('\r')) line.text.pop_back();
  if (next_number_ == 1 && line.text.starts_with(kByteOrderMark))
    line.text.erase(0, kByteOrderMark.size());
  ++next_number_;
  return line;
}

void LineReader::GoTo(const LinePosition& position) {
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(position.offset_bytes));
  begin_ = end_ = 0;
  offset_bytes_ = position.offset_bytes;
  next_number_ = position.next_number;
}

std::int64_t EstimateRows(std::int64_t rows_read, const LineReader& lines) {
  const std::uint64_t read_bytes = lines.position().offset_bytes;
  if (rows_read == 0 || read_bytes == 0) return 0;
  if (read_bytes >= lines.size_bytes()) return rows_read;
  return static_cast<std::int64_t>(static_cast<double>(rows_read) *
                                   static_cast<double>(lines.size_bytes()) /
                                   static_cast<double>(read_bytes));
}

}  // namespace snapshelf
