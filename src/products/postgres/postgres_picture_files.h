#pragma once

#include <memory>

#include "products/picture_files.h"
#include "products/postgres/pool.h"

namespace snapshelf::postgres {

/// The pictures in the database behind `pool`, which has our tables: every server reaches them, and
/// one backup holds them together with the products. A picture is durable when Put returns.
[[nodiscard]] std::unique_ptr<PictureFiles> MakePictureFiles(std::shared_ptr<Pool> pool);

}  // namespace snapshelf::postgres
