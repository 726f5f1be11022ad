#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/metrics.h"
#include "cli/commands.h"
#include "pipeline/shop.h"
#include "products/picture_files.h"
#include "snapshelf/result.h"
#include "storage/data_folder.h"

namespace snapshelf {

/// What lies in a data folder: products, pictures and vectors. Its model is the one that made the
/// vectors.
class Store {
 public:
  /// `model_id` is asked of a store that has vectors already, and written into a new one; empty:
  /// take the stored one.
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& data, Access access,
                                             const std::string& model_id);

  [[nodiscard]] ProductStore& products() { return *products_; }
  [[nodiscard]] PictureFiles& pictures() { return *pictures_; }
  [[nodiscard]] VectorIndex& index() { return *index_; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_->path(); }
  [[nodiscard]] const std::string& model_id() const { return model_id_; }

 private:
  Store() = default;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<ProductStore> products_;
  std::unique_ptr<PictureFiles> pictures_;
  std::unique_ptr<VectorIndex> index_;
  std::string model_id_;
};

/// A store and the models that go with it: everything that the pipeline joins.
class OpenedShop {
 public:
  /// errors: those of the models and of Store::Open; kInvalidArgument if the store's vectors are
  /// another model's.
  static Result<std::unique_ptr<OpenedShop>> Open(const CommonOptions& options, Access access,
                                                  RunMode mode);

  [[nodiscard]] Shop shop();
  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }

 private:
  OpenedShop() = default;
  std::unique_ptr<Detector> detector_;
  std::unique_ptr<Embedder> embedder_;
  std::unique_ptr<Store> store_;
  Metrics metrics_;
  std::mutex writer_;
};

}  // namespace snapshelf
