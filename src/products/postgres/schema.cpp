#include "products/postgres/schema.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace snapshelf::postgres {
namespace {

// Prices are in minor units; availability is the number of the enum (0 in stock, 1 out of stock,
// 2 preorder, 3 backorder). Keys and picture ids come from `counters`: see key_blocks.h. Every
// write has a number, in the order of the commits; `changed` and `removals` tell what it did, so
// that another server follows by reading from the number it knows. `writes` tells a server that
// lost its connection in a commit what became of it.
constexpr const char* kCatalog = R"sql(
CREATE TABLE counters(name text PRIMARY KEY, next bigint NOT NULL);
INSERT INTO counters VALUES('picture', 1), ('product', 1), ('write', 0);
CREATE TABLE writes(number bigint PRIMARY KEY, token bigint NOT NULL);
CREATE TABLE removals(number bigint NOT NULL, product bigint NOT NULL, PRIMARY KEY(number, product));

CREATE TABLE products(
  key bigint PRIMARY KEY,
  id text NOT NULL UNIQUE,
  description text NOT NULL,
  category text NOT NULL,
  brand text NOT NULL,
  price_minor bigint,
  currency text,
  availability bigint NOT NULL CHECK(availability BETWEEN 0 AND 3),
  link text NOT NULL,
  changed bigint NOT NULL,
  CHECK((price_minor IS NULL) = (currency IS NULL))
);
CREATE INDEX products_by_change ON products(changed, key);

CREATE TABLE titles(
  product bigint NOT NULL REFERENCES products(key) ON DELETE CASCADE,
  language text NOT NULL,
  title text NOT NULL,
  PRIMARY KEY(product, language)
);

CREATE TABLE pictures(
  id bigint PRIMARY KEY,
  product bigint NOT NULL REFERENCES products(key) ON DELETE CASCADE,
  position bigint NOT NULL,
  hash text NOT NULL,
  width bigint NOT NULL,
  height bigint NOT NULL,
  source_path text NOT NULL,
  source_size_bytes bigint NOT NULL,
  source_modified_ns bigint NOT NULL
);
CREATE INDEX pictures_by_product ON pictures(product, position);
CREATE INDEX pictures_by_hash ON pictures(hash);

CREATE TABLE local_features(
  picture bigint PRIMARY KEY REFERENCES pictures(id) ON DELETE CASCADE,
  record bytea NOT NULL
);
ALTER TABLE local_features ALTER record SET STORAGE EXTERNAL;

CREATE TABLE settings(name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE seen(id text PRIMARY KEY);
)sql";

// Encoded pictures do not shrink, so the database need not try.
constexpr const char* kPictureFiles = R"sql(
CREATE TABLE picture_files(hash text PRIMARY KEY, bytes bytea NOT NULL);
ALTER TABLE picture_files ALTER bytes SET STORAGE EXTERNAL;
)sql";

// The words of a product's titles in all languages and its brand (ProductFilter::words), without
// case and accents. The ICU collation folds them as a C locale would not; the words are cut to what
// a tsvector takes.
constexpr const char* kWords = R"sql(
CREATE FUNCTION folded_words(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(left(word, 200)) FROM regexp_split_to_table(
    regexp_replace(lower(normalize($1, NFKD) COLLATE "und-x-icu"), '[\u0300-\u036F]', '', 'g'),
    '[^[:alnum:]]+') word WHERE word <> ''
$$;
CREATE FUNCTION words_of(product bigint, brand text) RETURNS tsvector LANGUAGE sql STABLE AS $$
  SELECT array_to_tsvector(coalesce(snapshelf.folded_words(
    brand || coalesce((SELECT string_agg(' ' || title, '') FROM snapshelf.titles t
                       WHERE t.product = words_of.product), '')), '{}'))
$$;
ALTER TABLE products ADD words tsvector NOT NULL DEFAULT '';
UPDATE products SET words = words_of(key, brand);
CREATE INDEX products_by_words ON products USING gin(words);
)sql";

constexpr const char* kColor = "ALTER TABLE products ADD color text NOT NULL DEFAULT ''";

/// From version i to i + 1. What stands here never changes; a new version is a new line.
constexpr std::array<const char*, 4> kSteps = {kCatalog, kPictureFiles, kWords, kColor};
constexpr std::int64_t kVersion = kSteps.size();

constexpr std::array<const char*, 9> kTables = {"counters", "writes",         "removals",
                                                "products", "titles",         "pictures",
                                                "settings", "local_features", "picture_files"};

Result<std::int64_t> QueryInt(Connection& connection, std::string_view sql) {
  const auto rows = connection.Run(sql);
  if (!rows) return std::unexpected(rows.error());
  if (rows->size() != 1)
    return Fail(Code::kCorruption,
                fmt::format("PostgreSQL {}: the catalog has no version", connection.name()));
  return rows->Int(0, 0);
}

/// 0 if there is no catalog.
Result<std::int64_t> VersionOf(Connection& connection) {
  // One statement, since another server may make the tables meanwhile.
  const auto tables = connection.Run(
      "SELECT count(*) FILTER (WHERE tablename = 'version'), count(*) FROM pg_tables"
      " WHERE schemaname = 'snapshelf'");
  if (!tables) return std::unexpected(tables.error());
  if (tables->Int(0, 0) == 1) return QueryInt(connection, "SELECT number FROM snapshelf.version");
  if (tables->Int(0, 1) == 0) return 0;
  return Fail(
      Code::kCorruption,
      fmt::format("PostgreSQL {}: its schema \"snapshelf\" holds tables of another program; "
                  "choose another database",
                  connection.name()));
}

Status CheckNotNewer(const Connection& connection, std::int64_t version) {
  if (version <= kVersion) return {};
  return Fail(Code::kUnimplemented,
              fmt::format("PostgreSQL {}: the catalog was made by a newer Snapshelf (version {}, "
                          "this program reads {}); use the newer program",
                          connection.name(), version, kVersion));
}

Status Migrate(Connection& connection) {
  auto transaction = Transaction::Begin(connection, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  const auto locked =
      connection.Run("SELECT pg_advisory_xact_lock($1)", Parameters().Add(kWriterLock));
  if (!locked) return std::unexpected(locked.error());
  // Another server may have done it while this one waited.
  const auto version = VersionOf(connection);
  if (!version) return std::unexpected(version.error());
  SNAPSHELF_RETURN_IF_ERROR(CheckNotNewer(connection, *version));
  if (*version == 0)
    SNAPSHELF_RETURN_IF_ERROR(connection.Execute(
        "CREATE SCHEMA IF NOT EXISTS snapshelf; CREATE TABLE version(number bigint NOT NULL);"
        " INSERT INTO version VALUES(0)"));
  for (std::int64_t step = *version; step < kVersion; ++step)
    SNAPSHELF_RETURN_IF_ERROR(connection.Execute(kSteps[static_cast<std::size_t>(step)]));
  const auto noted = connection.Run("UPDATE version SET number = $1", Parameters().Add(kVersion));
  if (!noted) return std::unexpected(noted.error());
  return (*transaction)->Commit();
}

}  // namespace

Status PrepareSchema(Connection& connection, bool create) {
  const auto version = VersionOf(connection);
  if (!version) return std::unexpected(version.error());
  if (*version == kVersion) return {};
  SNAPSHELF_RETURN_IF_ERROR(CheckNotNewer(connection, *version));
  if (*version == 0 && !create)
    return Fail(Code::kNotFound, fmt::format("PostgreSQL {}: holds no catalog; import one first",
                                             connection.name()));
  return Migrate(connection);
}

Status CheckIntegrity(Connection& connection) {
  SNAPSHELF_RETURN_IF_ERROR(connection.SetUnhurried());
  // As text a row is read to its last byte, what lies beside the table included; the server checks
  // its pages meanwhile. References are the server's own to keep.
  for (const char* const table : kTables) {
    const auto read = connection.Run(
        fmt::format("SELECT coalesce(sum(octet_length(t::text)), 0)::bigint FROM {} t", table));
    if (!read) return Annotate(table, read.error());
  }
  const auto missing = connection.Run("SELECT count(*) FROM counters");
  if (!missing) return std::unexpected(missing.error());
  if (missing->Int(0, 0) != 3)
    return Fail(Code::kCorruption, fmt::format("PostgreSQL {}: the counters are missing; restore "
                                               "the database from a backup",
                                               connection.name()));
  return {};
}

}  // namespace snapshelf::postgres
