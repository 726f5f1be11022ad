#include "cli/open_shop.h"

#include <fmt/format.h>

#include "base/check.h"
#include "cli/model_folder.h"
#include "pipeline/commit_products.h"
#include "products/sqlite/sqlite_product_store.h"
#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

constexpr const char* kModelSetting = "embedding_model";

/// Vectors of two models must never meet; the files' hashes tell models apart that share a name.
std::string ModelId(const ModelCard& card) {
  return fmt::format("{} {:.12} {:.12}", card.Id(), card.sha256, card.projection_sha256);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& data, Access access,
                                           const std::string& model_id) {
  std::unique_ptr<Store> store(new Store());
  auto folder = DataFolder::Open(data, access);
  if (!folder) return std::unexpected(std::move(folder).error());
  store->folder_ = std::move(*folder);

  auto products = OpenSqliteProductStore(data / "products.db", access == Access::kWrite);
  if (!products) return std::unexpected(std::move(products).error());
  store->products_ = std::move(*products);

  auto stored_model = store->products_->GetSetting(kModelSetting);
  if (!stored_model) return std::unexpected(std::move(stored_model).error());
  if (stored_model->empty() && access == Access::kWrite) {
    SNAPSHELF_RETURN_IF_ERROR(store->products_->SetSetting(kModelSetting, model_id));
    stored_model = model_id;
  }
  if (!model_id.empty() && *stored_model != model_id)
    return Fail(Code::kInvalidArgument,
                fmt::format("the vectors in {} were made by the model \"{}\", not by \"{}\"; "
                            "choose that model with --models and "
                            "--embedder, or import into a new data folder",
                            data.string(), *stored_model, model_id));
  store->model_id_ = *stored_model;

  store->pictures_ = std::make_unique<PictureFiles>(PosixFileSystem(), data / "pictures");
  auto index = EmbeddedIndex::Open(
      PosixFileSystem(), data / "vectors",
      {.dim = kEmbeddingDim, .metric = Metric::kCosine, .model_id = store->model_id_});
  if (!index) return std::unexpected(std::move(index).error());
  store->index_ = std::move(*index);
  return store;
}

Result<std::unique_ptr<OpenedShop>> OpenedShop::Open(const CommonOptions& options, Access access,
                                                     RunMode mode) {
  std::unique_ptr<OpenedShop> opened(new OpenedShop());
  const auto detector_card = ChooseModel(options.models, options.detector, "detector", "detect");
  if (!detector_card) return std::unexpected(detector_card.error());
  const auto embedder_card = ChooseModel(options.models, options.embedder, "embedder", "embed");
  if (!embedder_card) return std::unexpected(embedder_card.error());

  // The store first: it is quick to say when the folder is in use, and models take a second to
  // load.
  auto store = Store::Open(options.data, access, ModelId(*embedder_card));
  if (!store) return std::unexpected(std::move(store).error());
  opened->store_ = std::move(*store);

  auto detector = Detector::Create(*detector_card, mode);
  if (!detector) return std::unexpected(std::move(detector).error());
  opened->detector_ = std::move(*detector);
  auto embedder = Embedder::Create(*embedder_card, mode);
  if (!embedder) return std::unexpected(std::move(embedder).error());
  opened->embedder_ = std::move(*embedder);
  if (access == Access::kWrite) SNAPSHELF_RETURN_IF_ERROR(RemoveOrphans(opened->shop()));
  return opened;
}

Shop OpenedShop::shop() {
  return {.detector = *detector_,
          .embedder = *embedder_,
          .index = store_->index(),
          .products = store_->products(),
          .pictures = store_->pictures(),
          .limits = {},
          .metrics = metrics_,
          .writer = writer_};
}

}  // namespace snapshelf
