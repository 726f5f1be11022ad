#pragma once

#include <filesystem>
#include <memory>

#include "products/product_store.h"

namespace snapshelf {

/// Opens (and with `create` creates) the products in an SQLite database in WAL mode with
/// synchronous=FULL.
///
/// errors: kNotFound without `create` if there is none; kUnimplemented for a newer schema;
/// kCorruption if it is not a
///         database; kResourceExhausted when the disk is full.
[[nodiscard]] Result<std::unique_ptr<ProductStore>> OpenSqliteProductStore(
    const std::filesystem::path& path, bool create);

}  // namespace snapshelf
