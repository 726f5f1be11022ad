#pragma once

#include <cstdint>

#include "products/postgres/connection.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// The advisory lock that a writer holds: "snapshlf" in ASCII. Advisory locks are per database.
inline constexpr std::int64_t kWriterLock = 0x736E617073686C66;

/// Creates our tables in the database's schema "snapshelf" (with `create`), or brings those of an
/// older version to this one. The version is in the table `version`. Servers that start at the same
/// time wait for the first of them.
///
/// errors: kUnimplemented for a newer version, kCorruption for tables that are not ours, kNotFound
/// without `create` if there are none.
Status PrepareSchema(Connection& connection, bool create);

/// Reads every row of every table. errors: kCorruption with the first finding.
Status CheckIntegrity(Connection& connection);

}  // namespace snapshelf::postgres
