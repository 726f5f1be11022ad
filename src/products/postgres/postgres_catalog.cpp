#include "products/postgres/postgres_catalog.h"

#include <utility>

#include "products/postgres/pool.h"
#include "products/postgres/postgres_picture_files.h"
#include "products/postgres/postgres_product_store.h"
#include "products/postgres/schema.h"

namespace snapshelf {

Result<PostgresCatalog> OpenPostgresCatalog(const PostgresOptions& options, bool create) {
  auto pool = std::make_shared<postgres::Pool>(options);
  const auto prepared = pool->Run([create](postgres::Connection& connection) {
    return postgres::PrepareSchema(connection, create);
  });
  if (!prepared) return std::unexpected(prepared.error());
  auto products = postgres::MakeProductStore(pool);
  if (!products) return std::unexpected(std::move(products).error());
  return PostgresCatalog{.products = std::move(*products),
                         .pictures = postgres::MakePictureFiles(std::move(pool))};
}

}  // namespace snapshelf
