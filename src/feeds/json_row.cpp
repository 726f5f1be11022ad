#include "feeds/json_row.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "feeds/draft_builder.h"

namespace snapshelf {
namespace {

using Json = nlohmann::json;

// Hears the parts of the line one after the other instead of building a tree: only so do numbers
// come with their text, and nesting of any depth costs nothing.
class RowHandler final : public Json::json_sax_t {
 public:
  RowHandler(std::int64_t line, const std::filesystem::path& folder) : draft_(line, folder) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return TakeOther(); }
  bool number_integer(number_integer_t value) override { return Take(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Take(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return Take(text); }
  bool string(string_t& value) override { return Take(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return TakeOther(); }

  bool start_object(std::size_t /*elements*/) override {
    ++depth_;
    // {"title": {"de": ..}} is the only object inside the row that means something.
    return depth_ == 1 || Open(FeedField::kTitle, FeedField::kTitle);
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      column_ = FindFeedColumn(name);
      key_ = std::move(name);
    } else if (depth_ == 2 && column_) {
      column_->language = LowerCase(name);
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    pictures_.clear();
    return Open(FeedField::kImageLink, FeedField::kAdditionalImageLink);
  }
  bool end_array() override {
    --depth_;
    if (depth_ == 1 && column_) draft_.SetPictures(column_->field, std::exchange(pictures_, {}));
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    problem_ = fmt::format("not JSON: an error at column {}", position);
    return false;
  }

  [[nodiscard]] FeedRow Finish(std::int64_t line) && {
    if (!problem_.empty()) return BadRow{.line = line, .id = {}, .reason = std::move(problem_)};
    return std::move(draft_).Build();
  }

 private:
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool WrongType() {
    if (depth_ == 0) return Fail("a JSON object is expected");
    return Fail(
        fmt::format("{}: a text{} is expected", key_, IsPictures() ? " or a list of texts" : ""));
  }

  [[nodiscard]] bool IsPictures() const {
    return column_ && (column_->field == FeedField::kImageLink ||
                       column_->field == FeedField::kAdditionalImageLink);
  }

  // A list or object begins; it is known only below the keys `first` and `second`.
  bool Open(FeedField first, FeedField second) {
    if (depth_ == 1) return Fail("a JSON object is expected");
    if (!column_) return true;
    if (depth_ == 2 && (column_->field == first || column_->field == second)) return true;
    return WrongType();
  }

  // A text or the text of a number.
  bool Take(std::string text) {
    if (depth_ == 0) return WrongType();
    if (!column_) return true;
    if (depth_ == 2 && IsPictures())
      pictures_.push_back(std::move(text));
    else
      draft_.Set(*column_, text);
    return true;
  }

  // A value that is no text.
  bool TakeOther() { return (depth_ > 0 && !column_) || WrongType(); }

  DraftBuilder draft_;
  int depth_ = 0;                     // of open objects and lists
  std::string key_;                   // of the row, that is being read
  std::optional<FeedColumn> column_;  // what it means
  std::vector<std::string> pictures_;
  std::string problem_;
};

}  // namespace

FeedRow ParseJsonRow(std::string_view text, std::int64_t line,
                     const std::filesystem::path& folder) {
  RowHandler handler(line, folder);
  Json::sax_parse(text, &handler);  // problems are heard by the handler
  return std::move(handler).Finish(line);
}

}  // namespace snapshelf
