#include "products/store_bed.h"

#include <fstream>

#include "products/folder_picture_files.h"
#include "products/sqlite/sqlite_product_store.h"
#include "products/temp_folder.h"

namespace snapshelf {
namespace {

class SqliteBed final : public StoreBed {
 public:
  Result<std::unique_ptr<ProductStore>> Open() override {
    return OpenSqliteProductStore(folder_.path() / "products.db", /*create=*/true);
  }
  std::unique_ptr<PictureFiles> OpenPictures() override {
    return std::make_unique<FolderPictureFiles>(PosixFileSystem(), folder_.path() / "pictures");
  }
  void DamagePicture(const std::string& hash) override {
    std::ofstream(folder_.path() / "pictures" / hash.substr(0, 2) / hash.substr(2)) << "changed";
  }

 private:
  TempFolder folder_;
};

}  // namespace

Result<std::unique_ptr<StoreBed>> MakeStoreBed() {
  return std::make_unique<SqliteBed>();
}

}  // namespace snapshelf
