#pragma once

#include <memory>
#include <mutex>
#include <stop_token>

#include "base/metrics.h"
#include "cli/commands.h"
#include "cli/store.h"
#include "pipeline/reembed_products.h"
#include "pipeline/shop.h"
#include "runtime/model.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// The models of a shop.
struct ShopModels {
  ModelCard detector;
  ModelCard embedder;
};

/// A store and the models that go with it: everything that the pipeline joins.
class OpenedShop {
 public:
  /// Models that `options` does not name are those that made the store's vectors.
  /// errors: those of the models and of Store::Open; kInvalidArgument if the store's vectors are
  /// another model's.
  static Result<std::unique_ptr<OpenedShop>> Open(const CommonOptions& options, Access access,
                                                  RunMode mode);
  /// For UseModels alone: there is no current shop, and the models of now need not be at hand.
  static Result<std::unique_ptr<OpenedShop>> OpenToUseModels(const CommonOptions& options,
                                                             RunMode mode);

  [[nodiscard]] CurrentShop& shops() { return shops_; }
  [[nodiscard]] Store& store() { return *store_; }

  /// The models by name below the models folder or by the path of their folder; empty: as it is.
  /// errors: kNotFound; kInvalidArgument for a model of the other task.
  [[nodiscard]] Result<ShopModels> FindModels(const std::string& detector,
                                              const std::string& embedder) const;

  /// Makes the vectors anew with other models, beside the old ones, and switches to both in one
  /// step; nothing to do if they are those of now. One call at a time. errors: those of
  /// ReembedProducts and of the models.
  [[nodiscard]] Result<ReembedProgress> UseModels(const ShopModels& models, int workers,
                                                  const ReembedObserver& observer,
                                                  const std::stop_token& stop);

  /// Loads the models that another server has given the catalog since, and switches to them and
  /// their vectors in one step; nothing to do if there are none, or while UseModels runs.
  /// errors: those of the models and the vectors; then all stays as it is.
  Status FollowModels();

  /// Embeds the pictures that have no vectors, as a repair leaves them, with the models of now. One
  /// call at a time. errors: those of ReembedProducts.
  [[nodiscard]] Result<ReembedProgress> EmbedMissing(int workers, const ReembedObserver& observer,
                                                     const std::stop_token& stop);

 private:
  OpenedShop(const CommonOptions& options, RunMode mode) : options_(options), mode_(mode) {}
  [[nodiscard]] Result<std::shared_ptr<const Shop>> Load(const ShopModels& models,
                                                         const Generation& generation);

  const CommonOptions options_;
  const RunMode mode_;
  std::unique_ptr<Store> store_;
  std::mutex changing_models_;
  Metrics metrics_;
  CurrentShop shops_;  // last: its shop uses all of the above
};

}  // namespace snapshelf
