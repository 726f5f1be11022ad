#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/metrics.h"
#include "cli/config.h"
#include "cli/generation.h"
#include "cli/vector_options.h"
#include "products/picture_files.h"
#include "products/product_store.h"
#include "products/rates_book.h"
#include "search/embedded/embedded_index.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"
#include "storage/data_folder.h"

namespace snapshelf {

/// What a shop keeps: products and pictures, in its data folder or in a database that servers
/// share, and generations of vectors. One generation is the current one; a next one may be beside
/// it, filled while the shop changes its models.
class Store {
 public:
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& data, Access access,
                                             const Config& config);

  [[nodiscard]] ProductStore& products() { return *products_; }
  [[nodiscard]] PictureFiles& pictures() { return *pictures_; }
  [[nodiscard]] RatesBook& rates() { return *rates_; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_->path(); }
  /// True if it was opened to be read while another process writes.
  [[nodiscard]] bool has_writer() const { return folder_->has_writer(); }

  /// The current one, as far as this process knows; its models have no id as long as the store is
  /// new. Thread-safe.
  [[nodiscard]] Generation generation() const {
    const std::scoped_lock lock(generation_mutex_);
    return generation_;
  }
  [[nodiscard]] bool IsNew() const { return generation().embedder.id.empty(); }

  /// Makes it the current one, in one durable step.
  Status SetGeneration(const Generation& generation);

  /// The current one as it is recorded: another server of the same catalog may have changed it.
  [[nodiscard]] Result<Generation> ReadCurrent() const;
  /// Says kUnavailable if `number` is not the recorded one.
  [[nodiscard]] Status CheckIsCurrent(int number) const;
  /// Takes what ReadCurrent found for the current one.
  void Follow(const Generation& recorded);

  /// The number of the generation to make with these models. One that was begun with them and cut
  /// off is gone on with; one of other models is thrown away.
  [[nodiscard]] Result<Generation> BeginNext(const Generation& wanted);

  /// Throws away a generation that was begun and not finished.
  Status DropNext();

  /// Deletes the vectors that are neither current nor being made: what a switch leaves behind.
  Status RemoveOtherVectors();

  [[nodiscard]] Result<std::unique_ptr<VectorIndex>> OpenVectors(const Generation& generation,
                                                                 const VectorOptions& options,
                                                                 Metrics& metrics);

  /// What a repair of vectors found and left.
  struct VectorRepair {
    std::size_t vectors_lost = 0;  ///< at most
    std::size_t pictures_without_vectors = 0;
  };
  /// Milvus keeps its own files; there only pictures without vectors are counted. In a data folder:
  /// writes the vectors of the current generation anew if some of their files are damaged, without
  /// those that are lost, and without the others of pictures that have lost some. Reads every byte
  /// of them. Nobody else may have opened them.
  [[nodiscard]] Result<VectorRepair> RepairVectors();

 private:
  Store() = default;
  Status OpenProducts();
  Status CheckVectorsAreHere();
  [[nodiscard]] Result<Generation> ReadNext() const;
  [[nodiscard]] std::filesystem::path VectorsOf(int number) const;
  Status RemoveVectors(int number);
  [[nodiscard]] Result<std::size_t> CountWithoutVectors(const VectorIndex& index) const;
  [[nodiscard]] EmbeddedOptions OptionsOf(const Generation& generation,
                                          const VectorOptions& options) const;

  Access access_ = Access::kRead;
  Config config_;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<ProductStore> products_;
  std::unique_ptr<PictureFiles> pictures_;
  std::unique_ptr<RatesBook> rates_;
  mutable std::mutex generation_mutex_;
  Generation generation_;
};

}  // namespace snapshelf
