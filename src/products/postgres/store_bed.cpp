#include "products/store_bed.h"

#include <fmt/format.h>

#include "products/postgres/postgres_catalog.h"
#include "products/postgres/test_server.h"

namespace snapshelf {
namespace {

class PostgresBed final : public StoreBed {
 public:
  explicit PostgresBed(postgres::TestServer& server)
      : server_(server), database_(server.CreateDatabase()) {}
  ~PostgresBed() override { server_.DropDatabase(database_); }
  PostgresBed(const PostgresBed&) = delete;
  PostgresBed& operator=(const PostgresBed&) = delete;

  Result<std::unique_ptr<ProductStore>> Open() override {
    auto catalog = OpenPostgresCatalog(server_.OptionsFor(database_), /*create=*/true);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    return std::move(catalog->products);
  }
  std::unique_ptr<PictureFiles> OpenPictures() override {
    return std::move(
        OpenPostgresCatalog(server_.OptionsFor(database_), /*create=*/false).value().pictures);
  }
  void DamagePicture(const std::string& hash) override {
    server_.Sql(
        database_,
        fmt::format("UPDATE snapshelf.picture_files SET bytes = 'changed' WHERE hash = '{}'",
                    hash));
  }

 private:
  postgres::TestServer& server_;
  const std::string database_;
};

}  // namespace

Result<std::unique_ptr<StoreBed>> MakeStoreBed() {
  const auto server = postgres::TestServer::Get();
  if (!server) return std::unexpected(server.error());
  return std::make_unique<PostgresBed>(**server);
}

}  // namespace snapshelf
