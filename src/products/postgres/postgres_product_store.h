#pragma once

#include <memory>

#include "products/postgres/pool.h"
#include "products/product_store.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// The products behind `pool`, whose database has our tables.
[[nodiscard]] Result<std::unique_ptr<ProductStore>> MakeProductStore(std::shared_ptr<Pool> pool);

}  // namespace snapshelf::postgres
