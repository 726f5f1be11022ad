#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// One table of a file in TOML. Reading a key that is absent changes nothing; of one that is there,
/// errors are kInvalidArgument with file, line and full name.
///
/// Refers to the text of `file` and `name`, which live longer. threads: one.
class ConfigSection {
 public:
  /// The table that holds all others. errors: kInvalidArgument for what is no TOML.
  static Result<ConfigSection> Parse(std::string_view text, std::string_view file);

  /// The table [name]; null if there is none. errors: kInvalidArgument if it is no table.
  [[nodiscard]] Result<std::unique_ptr<ConfigSection>> Table(std::string_view name) const;

  Status Read(std::string_view key, std::string& value) const;
  /// One of `names`: those of the values of an enum, in their order.
  template <class Enum>
    requires std::is_enum_v<Enum>
  Status Read(std::string_view key, std::span<const std::string_view> names, Enum& value) const {
    auto at = static_cast<std::size_t>(value);
    Status read = ReadName(key, names, at);
    if (read) value = static_cast<Enum>(at);
    return read;
  }
  /// From 1 to `most`.
  Status Read(std::string_view key, int most, int& value) const;
  /// A list of texts that is not empty.
  Status Read(std::string_view key, std::vector<std::string>& values) const;
  /// What stands there as it would on the command line: a text, a number, or a list of texts.
  Status ReadWords(std::string_view key, std::vector<std::string>& words) const;

  [[nodiscard]] Status RefuseOthers(std::span<const std::string_view> known) const;
  /// "file:line: section.key"; without a line if the key is absent.
  [[nodiscard]] std::string Where(std::string_view key) const;
  /// kInvalidArgument: Where, and what is wrong with it.
  [[nodiscard]] std::unexpected<Error> Wrong(std::string_view key, std::string_view what) const;

 private:
  struct Node;
  Status ReadName(std::string_view key, std::span<const std::string_view> names,
                  std::size_t& at) const;
  ConfigSection(std::string_view file, std::string_view name, std::shared_ptr<const Node> table);

  std::string_view file_;
  std::string_view name_;  ///< empty: the outermost one
  std::shared_ptr<const Node> table_;
};

}  // namespace snapshelf
