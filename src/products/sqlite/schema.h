#pragma once

#include <filesystem>

#include "products/sqlite/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::sqlite {

/// Creates the tables in an empty database (with `create`), brings those of an older version to
/// this one, and checks that others are ours. The version is kept in PRAGMA user_version.
///
/// errors: kUnimplemented for a newer version, kCorruption for tables that are not ours, kNotFound
/// without `create` for an empty database.
Status PrepareSchema(const Connection& connection, const std::filesystem::path& path, bool create);

/// Every page, index and reference is sound. errors: kCorruption with the first finding.
Status CheckIntegrity(const Connection& connection);

}  // namespace snapshelf::sqlite
