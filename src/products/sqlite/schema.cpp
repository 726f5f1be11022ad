#include "products/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace snapshelf::sqlite {
namespace {

// What the second look compares, by picture: docs/format/local_features.md.
constexpr const char* kCreateLocalFeatures = R"sql(
CREATE TABLE local_features(
  picture INTEGER PRIMARY KEY REFERENCES pictures(id) ON DELETE CASCADE,
  record BLOB NOT NULL
) STRICT;
)sql";

// The titles in all languages and the brand of a product, by its key (ProductFilter::words).
constexpr const char* kCreateWords = R"sql(
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO words(rowid, text)
  SELECT p.key, p.brand || ' ' || coalesce(
    (SELECT group_concat(title, ' ') FROM titles WHERE product = p.key), '') FROM products p;
)sql";

constexpr const char* kAddColor = "ALTER TABLE products ADD COLUMN color TEXT NOT NULL DEFAULT ''";

// Prices are in minor units; availability is the number of the enum (0 in stock, 1 out of stock,
// 2 preorder, 3 backorder). Keys and picture ids come from `counters`: see key_blocks.h.
constexpr const char* kCreateTables = R"sql(
CREATE TABLE categories(
  key INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE products(
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  category INTEGER NOT NULL REFERENCES categories(key),
  brand TEXT NOT NULL,
  price_minor INTEGER,
  currency TEXT,
  availability INTEGER NOT NULL CHECK(availability BETWEEN 0 AND 3),
  link TEXT NOT NULL,
  CHECK((price_minor IS NULL) = (currency IS NULL))
) STRICT;

CREATE TABLE titles(
  product INTEGER NOT NULL REFERENCES products(key) ON DELETE CASCADE,
  language TEXT NOT NULL,
  title TEXT NOT NULL,
  PRIMARY KEY(product, language)
) STRICT, WITHOUT ROWID;

CREATE TABLE pictures(
  id INTEGER PRIMARY KEY,
  product INTEGER NOT NULL REFERENCES products(key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  hash TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  source_path TEXT NOT NULL,
  source_size_bytes INTEGER NOT NULL,
  source_modified_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX pictures_by_product ON pictures(product, position);
CREATE INDEX pictures_by_hash ON pictures(hash);

CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE seen(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE counters(name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES('picture', 1), ('product', 1);
)sql";

/// From version i to i + 1. What stands here never changes; a new version is a new line.
constexpr std::array<const char*, 4> kSteps = {kCreateTables, kCreateLocalFeatures, kCreateWords,
                                               kAddColor};
constexpr std::int64_t kVersion = kSteps.size();

Result<std::int64_t> QueryInt(const Connection& connection, std::string_view sql) {
  Statement query = connection.Query(sql);
  const auto has_row = query.Step();
  if (!has_row) return std::unexpected(has_row.error());
  SNAPSHELF_CHECK(*has_row);
  return query.Int(0);
}

Status MigrateFrom(std::int64_t version, const Connection& connection) {
  auto transaction = Transaction::Begin(connection, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  for (std::int64_t step = version; step < kVersion; ++step)
    SNAPSHELF_RETURN_IF_ERROR(connection.Execute(kSteps[static_cast<std::size_t>(step)]));
  SNAPSHELF_RETURN_IF_ERROR(
      connection.Execute(fmt::format("PRAGMA user_version = {}", kVersion).c_str()));
  return (*transaction)->Commit();
}

}  // namespace

Status PrepareSchema(const Connection& connection, const std::filesystem::path& path, bool create) {
  const auto version = QueryInt(connection, "PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == kVersion) return {};
  if (*version >= 1 && *version < kVersion) return MigrateFrom(*version, connection);
  if (*version > kVersion)
    return Fail(Code::kUnimplemented,
                fmt::format("product database {}: made by a newer Snapshelf (version {}, this "
                            "program reads {}); use the newer program",
                            path.string(), *version, kVersion));
  const auto tables = QueryInt(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*tables != 0)
    return Fail(Code::kCorruption,
                fmt::format("product database {}: holds tables of another program; choose another "
                            "data folder",
                            path.string()));
  if (!create)
    return Fail(
        Code::kNotFound,
        fmt::format("product database {}: is empty; import a catalog first", path.string()));
  return MigrateFrom(0, connection);
}

Status CheckIntegrity(const Connection& connection) {
  Statement pages = connection.Query("PRAGMA integrity_check(1)");
  const auto finding = pages.Step();
  if (!finding) return std::unexpected(finding.error());
  if (*finding && pages.Text(0) != "ok")
    return Fail(
        Code::kCorruption,
        fmt::format("product database: {}; restore the data folder from a backup", pages.Text(0)));
  Statement references = connection.Query("PRAGMA foreign_key_check");
  const auto dangling = references.Step();
  if (!dangling) return std::unexpected(dangling.error());
  if (*dangling)
    return Fail(Code::kCorruption,
                fmt::format("product database: row {} of table {} refers to a missing row of {}",
                            references.Int(1), references.Text(0), references.Text(2)));
  return {};
}

}  // namespace snapshelf::sqlite
