#include "cli/open_shop.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "cli/model_folder.h"
#include "pipeline/commit_products.h"

namespace snapshelf {
namespace {

/// The parts of a shop that change with its models, and the shop that refers to them.
struct LoadedShop {
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Embedder> embedder;
  std::unique_ptr<VectorIndex> index;
  std::optional<Shop> shop;
};

Result<ModelCard> CheckTask(ModelCard card, const std::string& task) {
  if (card.task == task) return card;
  return Fail(Code::kInvalidArgument, fmt::format("model {} is for the task \"{}\", not \"{}\"",
                                                  card.Id(), card.task, task));
}

/// The model called `wanted`, else the recorded one, else the usual one.
Result<ModelCard> ChooseShopModel(const std::filesystem::path& models, const std::string& wanted,
                                  const RecordedModel& recorded, const std::string& usual,
                                  const std::string& task) {
  if (wanted.empty() && !recorded.id.empty())
    if (auto card = FindRecordedModel(models, recorded)) return std::move(*card);
  return ChooseModel(models, wanted, usual, task);
}

}  // namespace

Result<std::unique_ptr<OpenedShop>> OpenedShop::Open(const CommonOptions& options, Access access,
                                                     RunMode mode) {
  std::unique_ptr<OpenedShop> opened(new OpenedShop(options, mode));
  // The store first: it is quick to say when the folder is in use, and models take a second to
  // load.
  auto store = Store::Open(options.data, access, options.config);
  if (!store) return std::unexpected(std::move(store).error());
  opened->store_ = std::move(*store);
  const Generation recorded = opened->store_->generation();
  auto detector =
      ChooseShopModel(options.models, options.detector, recorded.detector, "detector", "detect");
  if (!detector) return std::unexpected(std::move(detector).error());
  auto embedder =
      ChooseShopModel(options.models, options.embedder, recorded.embedder, "embedder", "embed");
  if (!embedder) return std::unexpected(std::move(embedder).error());

  const Generation chosen = MakeGeneration(recorded.number, *detector, *embedder);
  if (opened->store_->IsNew() && access == Access::kWrite)
    SNAPSHELF_RETURN_IF_ERROR(opened->store_->SetGeneration(chosen));
  const Generation stored = opened->store_->generation();
  if (stored.embedder.id != chosen.embedder.id)
    return Fail(Code::kInvalidArgument,
                fmt::format("the vectors in {} were made by the model \"{}\", not by \"{}\"; "
                            "choose that model with --models and --embedder, or make them anew "
                            "with `snapshelf models use {}`, or import into a new data folder",
                            options.data.string(), stored.embedder.id, chosen.embedder.id,
                            chosen.embedder.folder.filename().string()));
  auto shop =
      opened->Load({.detector = std::move(*detector), .embedder = std::move(*embedder)}, stored);
  if (!shop) return std::unexpected(std::move(shop).error());
  if (access == Access::kWrite) SNAPSHELF_RETURN_IF_ERROR(RemoveOrphans(**shop));
  opened->shops_.Set(std::move(*shop));
  return opened;
}

Result<std::unique_ptr<OpenedShop>> OpenedShop::OpenToUseModels(const CommonOptions& options,
                                                                RunMode mode) {
  std::unique_ptr<OpenedShop> opened(new OpenedShop(options, mode));
  auto store = Store::Open(options.data, Access::kWrite, options.config);
  if (!store) return std::unexpected(std::move(store).error());
  opened->store_ = std::move(*store);
  return opened;
}

Result<ShopModels> OpenedShop::FindModels(const std::string& detector,
                                          const std::string& embedder) const {
  const auto find = [&](const std::string& wanted, const RecordedModel& recorded,
                        const std::string& usual, const std::string& task) -> Result<ModelCard> {
    auto card = wanted.empty() ? ChooseShopModel(options_.models, "", recorded, usual, task)
                               : FindModel(options_.models, wanted);
    if (!card) return card;
    return CheckTask(std::move(*card), task);
  };
  const Generation stored = store_->generation();
  auto detector_card = find(detector, stored.detector, "detector", "detect");
  if (!detector_card) return std::unexpected(std::move(detector_card).error());
  auto embedder_card = find(embedder, stored.embedder, "embedder", "embed");
  if (!embedder_card) return std::unexpected(std::move(embedder_card).error());
  return ShopModels{.detector = std::move(*detector_card), .embedder = std::move(*embedder_card)};
}

Result<ReembedProgress> OpenedShop::UseModels(const ShopModels& models, int workers,
                                              const ReembedObserver& observer,
                                              const std::stop_token& stop) {
  const std::scoped_lock lock(changing_models_);
  const Generation wanted = MakeGeneration(0, models.detector, models.embedder);
  if (store_->generation().HasModelsOf(wanted)) {
    SNAPSHELF_RETURN_IF_ERROR(store_->DropNext());
    const auto counts = store_->products().Counts();
    if (!counts) return std::unexpected(counts.error());
    return ReembedProgress{
        .pictures = counts->pictures, .done = counts->pictures, .resumed = counts->pictures};
  }
  const auto next = store_->BeginNext(wanted);
  if (!next) return std::unexpected(next.error());
  const auto shop = Load(models, *next);
  if (!shop) return std::unexpected(shop.error());
  const auto record = [&, before = store_->generation().number]() -> Status {
    SNAPSHELF_RETURN_IF_ERROR(store_->CheckIsCurrent(before));
    return store_->SetGeneration(*next);
  };
  auto done = ReembedProducts(shops_, *shop, workers, record, observer, stop);
  if (!done) return done;
  // The switch is done; what cannot be deleted now is tried again at the next start.
  if (const auto dropped = store_->DropNext(); !dropped) LogWarning("{}", dropped.error().message);
  return done;
}

Status OpenedShop::FollowModels() {
  const std::unique_lock lock(changing_models_, std::try_to_lock);
  if (!lock) return {};
  const auto current = store_->ReadCurrent();
  if (!current) return std::unexpected(current.error());
  if (current->number == store_->generation().number) return {};
  LogInfo("another server has given the catalog other models: loading those of generation {}",
          current->number);
  auto detector = FindRecordedModel(options_.models, current->detector);
  if (!detector) return std::unexpected(std::move(detector).error());
  auto embedder = FindRecordedModel(options_.models, current->embedder);
  if (!embedder) return std::unexpected(std::move(embedder).error());
  auto shop = Load({.detector = std::move(*detector), .embedder = std::move(*embedder)}, *current);
  if (!shop) return std::unexpected(std::move(shop).error());
  const std::scoped_lock writer(shops_.writer());
  store_->Follow(*current);
  shops_.Set(std::move(*shop));
  return {};
}

Result<ReembedProgress> OpenedShop::EmbedMissing(int workers, const ReembedObserver& observer,
                                                 const std::stop_token& stop) {
  return ReembedProducts(shops_, shops_.Get(), workers, [] { return Status{}; }, observer, stop);
}

Result<std::shared_ptr<const Shop>> OpenedShop::Load(const ShopModels& models,
                                                     const Generation& generation) {
  auto loaded = std::make_shared<LoadedShop>();
  auto index = store_->OpenVectors(generation, options_.vectors, metrics_);
  if (!index) return std::unexpected(std::move(index).error());
  loaded->index = std::move(*index);
  auto detector = Detector::Create(models.detector, mode_);
  if (!detector) return std::unexpected(std::move(detector).error());
  loaded->detector = std::move(*detector);
  auto embedder = Embedder::Create(models.embedder, mode_);
  if (!embedder) return std::unexpected(std::move(embedder).error());
  loaded->embedder = std::move(*embedder);
  loaded->shop.emplace(Shop{.detector = *loaded->detector,
                            .embedder = *loaded->embedder,
                            .index = *loaded->index,
                            .products = store_->products(),
                            .pictures = store_->pictures(),
                            .rates = store_->rates(),
                            .limits = {},
                            .metrics = metrics_,
                            .generation = generation.number,
                            .check_is_current = [store = store_.get(), number = generation.number] {
                              return store->CheckIsCurrent(number);
                            }});
  const Shop* const shop = &*loaded->shop;
  return std::shared_ptr<const Shop>(std::move(loaded), shop);
}

}  // namespace snapshelf
