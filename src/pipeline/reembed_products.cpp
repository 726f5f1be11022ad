#include "pipeline/reembed_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "base/thread_pool.h"
#include "pipeline/embed_objects.h"

namespace snapshelf {
namespace {

// Pictures that go through the models together and are synced together.
constexpr std::size_t kPicturesPerBatch = 16;

class Reembedding {
 public:
  Reembedding(CurrentShop& shops, const std::shared_ptr<const Shop>& next, int workers,
              const ReembedObserver& observer, const std::stop_token& stop)
      : shops_(shops),
        next_(next),
        workers_(workers > 0 ? workers : UsableCores()),
        observer_(observer),
        stop_(stop) {}

  Result<ReembedProgress> Run(const std::function<Status()>& record) {
    // Each round takes what was written during the one before, until little is left.
    bool first = true;
    while (true) {
      SNAPSHELF_RETURN_IF_ERROR(Compare());
      if (first) progress_.resumed = progress_.done;
      first = false;
      Report();
      if (missing_.size() <= kPicturesPerBatch) break;
      SNAPSHELF_RETURN_IF_ERROR(EmbedMissing());
    }
    {
      const std::scoped_lock lock(shops_.writer());
      const auto others = next_->products.LockWriters();
      if (!others) return std::unexpected(others.error());
      SNAPSHELF_RETURN_IF_ERROR(Compare());
      while (const auto batch = TakeBatch()) SNAPSHELF_RETURN_IF_ERROR(EmbedBatch(*batch));
      SNAPSHELF_RETURN_IF_ERROR(CheckComplete());
      SNAPSHELF_RETURN_IF_ERROR(record());
      shops_.Set(next_);
    }
    Report();
    return progress_;
  }

 private:
  /// Finds the pictures that the next generation lacks, and takes out what is gone from the
  /// catalog.
  Status Compare() {
    std::unordered_map<PictureId, ProductKey> owners;
    SNAPSHELF_RETURN_IF_ERROR(next_->products.ForEachPicture(
        [&](const StoredPicture& stored) { owners.emplace(stored.picture.id, stored.product); }));
    auto without_vector = owners;
    std::vector<VectorId> gone;
    SNAPSHELF_RETURN_IF_ERROR(next_->index.ForEachName([&](VectorId id, GroupId product) {
      const auto owner = owners.find(PictureOf(id));
      if (owner == owners.end() || owner->second != product)
        gone.push_back(id);
      else
        without_vector.erase(owner->first);
    }));
    if (!gone.empty()) SNAPSHELF_RETURN_IF_ERROR(next_->index.Remove(gone));
    missing_.clear();
    for (const auto& [picture, product] : without_vector) missing_.push_back(picture);
    // In the order in which they came, for files that lie side by side.
    std::ranges::sort(missing_);
    progress_.pictures = static_cast<std::int64_t>(owners.size());
    progress_.done = progress_.pictures - static_cast<std::int64_t>(missing_.size());
    taken_ = 0;
    return {};
  }

  /// On all workers.
  Status EmbedMissing() {
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < workers_; ++i) threads.emplace_back([this] { EmbedBatches(); });
    }
    if (error_) return std::unexpected(*error_);
    if (stop_.stop_requested())
      return Fail(Code::kUnavailable, "the change of models was stopped; start it again to go on");
    return CheckComplete();
  }

  void EmbedBatches() {
    while (!stop_.stop_requested()) {
      const auto batch = TakeBatch();
      if (!batch) return;
      const Status embedded = EmbedBatch(*batch);
      if (!embedded) {
        const std::scoped_lock lock(mutex_);
        if (!error_) error_ = embedded.error();
        return;
      }
      Report();
    }
  }

  /// Nothing when all are taken or another worker failed.
  std::optional<std::span<const PictureId>> TakeBatch() {
    const std::scoped_lock lock(mutex_);
    if (error_ || taken_ == missing_.size()) return std::nullopt;
    const std::size_t count = std::min(kPicturesPerBatch, missing_.size() - taken_);
    const std::span<const PictureId> batch(missing_.data() + taken_, count);
    taken_ += count;
    return batch;
  }

  Status EmbedBatch(std::span<const PictureId> batch) {
    std::vector<StoredPicture> stored;
    std::vector<Photo> photos;
    for (const PictureId id : batch) {
      auto picture = next_->products.GetPicture(id);
      if (!picture && picture.error().code == Code::kNotFound) continue;  // removed since Compare
      if (!picture) return std::unexpected(std::move(picture).error());
      auto photo = ReadCatalogPhoto(picture->picture.hash);
      if (!photo) {
        SNAPSHELF_RETURN_IF_ERROR(Tell(*picture, photo.error()));
        continue;
      }
      stored.push_back(std::move(*picture));
      photos.push_back(std::move(*photo));
    }
    if (photos.empty()) return {};

    std::vector<const Photo*> pointers;
    for (const Photo& photo : photos) pointers.push_back(&photo);
    const auto embeddings = EmbedPictures(*next_, pointers);
    if (!embeddings) return std::unexpected(embeddings.error());
    std::vector<VectorRecord> records;
    for (std::size_t i = 0; i < stored.size(); ++i)
      for (std::size_t slot = 0; slot < (*embeddings)[i].size(); ++slot)
        records.push_back({.id = VectorIdOf(stored[i].picture.id, static_cast<int>(slot)),
                           .group = stored[i].product,
                           .values = (*embeddings)[i][slot]});
    SNAPSHELF_RETURN_IF_ERROR(next_->index.Add(records));
    const std::scoped_lock lock(mutex_);
    progress_.done += static_cast<std::int64_t>(stored.size());
    return {};
  }

  Result<Photo> ReadCatalogPhoto(const std::string& hash) const {
    const auto bytes = next_->pictures.Get(hash);
    if (!bytes) return std::unexpected(bytes.error());
    return DecodePhoto(*bytes, {.limits = next_->limits, .longest_side_max = kCatalogLongestSide});
  }

  /// A picture that cannot be embedded is a problem, unless it was removed in the meantime.
  Status Tell(const StoredPicture& stored, const Error& error) {
    const auto still = next_->products.GetPicture(stored.picture.id);
    if (!still && still.error().code == Code::kNotFound) return {};
    if (!still) return std::unexpected(still.error());
    const auto product = next_->products.GetByKeys({&stored.product, 1});
    if (!product) return std::unexpected(product.error());
    const std::string id = product->empty() ? "" : product->front().id;
    const std::scoped_lock lock(mutex_);
    ++progress_.failed;
    if (observer_.on_problem)
      observer_.on_problem(
          fmt::format("product {}: picture {}: {}", id, stored.picture.id, error.message));
    return {};
  }

  /// Without all pictures there is no switch: their products would no longer be found.
  [[nodiscard]] Status CheckComplete() const {
    if (progress_.failed == 0) return {};
    return Fail(
        Code::kCorruption,
        fmt::format("{} of {} pictures cannot be embedded, so that their products could not be "
                    "found; put these anew or remove them, and start again",
                    progress_.failed, progress_.pictures));
  }

  /// Tells what has changed.
  void Report() {
    const std::scoped_lock lock(mutex_);
    progress_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const std::array counts = {progress_.pictures, progress_.done, progress_.failed};
    if (reported_ == counts) return;
    reported_ = counts;
    if (observer_.on_progress) observer_.on_progress(progress_);
  }

  CurrentShop& shops_;
  const std::shared_ptr<const Shop>& next_;
  const int workers_;
  const ReembedObserver& observer_;
  const std::stop_token& stop_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<PictureId> missing_;  // unchanged while workers run
  std::mutex mutex_;                // guards what follows and the calls of the observer
  std::size_t taken_ = 0;           // of missing_
  std::optional<Error> error_;
  ReembedProgress progress_;
  std::array<std::int64_t, 3> reported_ = {-1, -1, -1};
};

}  // namespace

Result<ReembedProgress> ReembedProducts(CurrentShop& shops, const std::shared_ptr<const Shop>& next,
                                        int workers, const std::function<Status()>& record,
                                        const ReembedObserver& observer,
                                        const std::stop_token& stop) {
  return Reembedding(shops, next, workers, observer, stop).Run(record);
}

}  // namespace snapshelf
