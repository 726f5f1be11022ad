#include "products/postgres/failure.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace snapshelf::postgres {
namespace {

struct Meaning {
  std::string_view sqlstate;  ///< or its first characters
  Code code;
  std::string_view what_to_do;
};

// https://www.postgresql.org/docs/15/errcodes-appendix.html; the first one that fits counts.
constexpr std::array<Meaning, 19> kMeanings = {{
    {"08", Code::kUnavailable, "; the connection was lost"},
    {"22", Code::kInvalidArgument, ""},
    {"25006", Code::kUnavailable,
     "; the database is read-only: name the primary in the address, or end its read-only mode"},
    {"28", Code::kUnavailable, "; check user and password in the address"},
    {"3D000", Code::kNotFound, "; create the database, or correct its name in the address"},
    {"40", Code::kUnavailable, "; try again"},
    {"42501", Code::kUnavailable,
     "; give the user of the address the rights of docs/operations.md"},
    {"53100", Code::kResourceExhausted, "; the disk of the database is full: free space"},
    {"53200", Code::kResourceExhausted, "; the database is out of memory"},
    {"53300", Code::kUnavailable, "; raise max_connections, or lower connections of the servers"},
    {"53", Code::kResourceExhausted, ""},
    {"54", Code::kInvalidArgument, ""},
    {"55P03", Code::kUnavailable, "; another server is writing: try again"},
    {"57014", Code::kDeadlineExceeded, "; the database is slow: try again"},
    {"57", Code::kUnavailable, "; the database is restarting: try again"},
    {"58030", Code::kIoError, "; check the disk of the database"},
    {"58", Code::kIoError, ""},
    {"XX001", Code::kCorruption, "; restore the database from a backup"},
    {"XX002", Code::kCorruption, "; rebuild the index with REINDEX"},
}};

/// The settings that libpq reads from an address, by their names; empty if it cannot be read.
std::map<std::string, std::string> SettingsOf(const std::string& url) {
  std::map<std::string, std::string> settings;
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &error), PQconninfoFree);
  PQfreemem(error);  // repeats parts of the address
  if (!options) return settings;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option)
    settings[option->keyword] = option->val == nullptr ? "" : option->val;
  return settings;
}

}  // namespace

Error MakeError(std::string_view database, std::string_view sqlstate, std::string_view message) {
  const auto* const meaning = std::ranges::find_if(
      kMeanings, [&](const Meaning& one) { return sqlstate.starts_with(one.sqlstate); });
  const bool is_known = meaning != kMeanings.end();
  return {.code = is_known ? meaning->code : Code::kInternal,
          .message = fmt::format("PostgreSQL {}: {}{}", database, message,
                                 is_known ? meaning->what_to_do : "")};
}

bool EndsConnection(std::string_view sqlstate) {
  return sqlstate.starts_with("57P0") || sqlstate.starts_with("08") || sqlstate == "25P03";
}

Result<std::string> NameOf(const std::string& url) {
  auto settings = SettingsOf(url);
  if (settings.empty())
    return Fail(Code::kInvalidArgument,
                "the address of PostgreSQL cannot be read; it looks like "
                "postgresql://user:password@host:5432/database");
  const auto or_usual = [&](const char* name, const char* usual) {
    return settings[name].empty() ? std::string(usual) : settings[name];
  };
  const std::string user = settings["user"].empty() ? "" : settings["user"] + "@";
  return fmt::format(
      "{}{}:{}/{}", user,
      settings["host"].empty() ? or_usual("hostaddr", "localhost") : settings["host"],
      or_usual("port", "5432"), settings["dbname"]);
}

std::string WithoutSecrets(std::string message, const std::string& url) {
  constexpr std::string_view kHidden = "***";
  const std::string password = SettingsOf(url)["password"];
  if (!password.empty())
    for (std::size_t at = message.find(password); at != std::string::npos;
         at = message.find(password, at + kHidden.size()))
      message.replace(at, password.size(), kHidden);
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  std::ranges::replace(message, '\n', ' ');
  return message;
}

}  // namespace snapshelf::postgres
