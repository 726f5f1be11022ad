#pragma once

#include <memory>

#include "products/picture_files.h"
#include "products/postgres/postgres_options.h"
#include "products/product_store.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Products and their pictures in one PostgreSQL database, for any number of servers at a time.
struct PostgresCatalog {
  std::unique_ptr<ProductStore> products;
  std::unique_ptr<PictureFiles> pictures;
};

/// Connects, and (with `create`) creates the tables or brings them to this version.
///
/// A lost connection is made again: reads wait for a database that restarts (recover_wait_ms), and
/// so do writes of which it is certain that nothing was written.
///
/// errors: kUnavailable names host and port of a database that does not answer or refuses the user;
/// kInvalidArgument for an address that cannot be read; kNotFound without `create` if there is no
/// catalog; kUnimplemented for a newer version; kCorruption for tables of another program.
[[nodiscard]] Result<PostgresCatalog> OpenPostgresCatalog(const PostgresOptions& options,
                                                          bool create);

}  // namespace snapshelf
