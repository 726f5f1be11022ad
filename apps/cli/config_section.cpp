#include "cli/config_section.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "base/check.h"

namespace snapshelf {

/// Keeps the whole file alive while a table of it is in use.
struct ConfigSection::Node {
  std::shared_ptr<const toml::table> file;
  const toml::table* table;
};

ConfigSection::ConfigSection(std::string_view file, std::string_view name,
                             std::shared_ptr<const Node> table)
    : file_(file), name_(name), table_(std::move(table)) {}

Result<ConfigSection> ConfigSection::Parse(std::string_view text, std::string_view file) {
  try {
    auto root = std::make_shared<const toml::table>(toml::parse(text));
    const toml::table* const table = root.get();
    return ConfigSection(file, "", std::make_shared<const Node>(Node{std::move(root), table}));
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalidArgument,
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

std::string ConfigSection::Where(std::string_view key) const {
  const toml::node* const node = table_->table->get(key);
  const std::string name = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  if (node == nullptr) return fmt::format("{}: {}", file_, name);
  return fmt::format("{}:{}: {}", file_, node->source().begin.line, name);
}

std::unexpected<Error> ConfigSection::Wrong(std::string_view key, std::string_view what) const {
  return Fail(Code::kInvalidArgument, fmt::format("{} {}", Where(key), what));
}

Result<std::unique_ptr<ConfigSection>> ConfigSection::Table(std::string_view name) const {
  const toml::node* const node = table_->table->get(name);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) return Wrong(name, fmt::format("must be a table [{}]", name));
  return std::unique_ptr<ConfigSection>(new ConfigSection(
      file_, name, std::make_shared<const Node>(Node{table_->file, node->as_table()})));
}

Status ConfigSection::Read(std::string_view key, std::string& value) const {
  const toml::node* const node = table_->table->get(key);
  if (node == nullptr) return {};
  const auto text = node->value_exact<std::string>();
  if (!text) return Wrong(key, "must be a text in quotes");
  value = *text;
  return {};
}

Status ConfigSection::ReadName(std::string_view key, std::span<const std::string_view> names,
                               std::size_t& at) const {
  std::string text(names[at]);
  SNAPSHELF_RETURN_IF_ERROR(Read(key, text));
  const auto found = std::ranges::find(names, text);
  if (found == names.end())
    return Wrong(key, fmt::format("is \"{}\"; use one of: {}", text, fmt::join(names, ", ")));
  at = static_cast<std::size_t>(found - names.begin());
  return {};
}

Status ConfigSection::Read(std::string_view key, int most, int& value) const {
  const toml::node* const node = table_->table->get(key);
  if (node == nullptr) return {};
  const auto number = node->value_exact<std::int64_t>();
  if (!number || *number < 1 || *number > most)
    return Wrong(key, fmt::format("must be a number from 1 to {}", most));
  value = static_cast<int>(*number);
  return {};
}

Status ConfigSection::Read(std::string_view key, std::vector<std::string>& values) const {
  const toml::node* const node = table_->table->get(key);
  if (node == nullptr) return {};
  const toml::array* const list = node->as_array();
  std::vector<std::string> texts;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
    if (const auto text = (*list)[i].value_exact<std::string>()) texts.push_back(*text);
  if (list == nullptr || texts.empty() || texts.size() != list->size())
    return Wrong(key, "must be a list of texts: [\"...\", \"...\"]");
  values = std::move(texts);
  return {};
}

Status ConfigSection::ReadWords(std::string_view key, std::vector<std::string>& words) const {
  const toml::node* const node = table_->table->get(key);
  if (node == nullptr) return {};
  if (node->is_array()) return Read(key, words);
  if (const auto text = node->value_exact<std::string>()) {
    words = {*text};
  } else if (const auto whole = node->value_exact<std::int64_t>()) {
    words = {fmt::to_string(*whole)};
  } else if (const auto number = node->value_exact<double>()) {
    words = {fmt::to_string(*number)};
  } else {
    return Wrong(key, "must be a text in quotes, a number, or a list of texts");
  }
  return {};
}

Status ConfigSection::RefuseOthers(std::span<const std::string_view> known) const {
  for (const auto& [key, node] : *table_->table)
    if (std::ranges::find(known, key.str()) == known.end())
      return Wrong(key.str(),
                   fmt::format("is an unknown key; known here are: {}", fmt::join(known, ", ")));
  return {};
}

}  // namespace snapshelf
