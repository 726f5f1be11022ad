#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "products/compiled_filter.h"
#include "products/product.h"
#include "snapshelf/result.h"

namespace snapshelf {

struct ProductCounts {
  std::int64_t products = 0;
  std::int64_t pictures = 0;
  std::map<std::string, std::int64_t> by_category;
};

/// A picture together with the product that it shows.
struct StoredPicture {
  Picture picture;
  ProductKey product = 0;
};

/// Keeps other writers of a store out, also those of other processes, until it is destroyed.
class WriterLock {
 public:
  WriterLock() = default;
  virtual ~WriterLock() = default;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
};

/// The truth about products. Behind it: SQLite on one machine, PostgreSQL for several servers.
///
/// threads: safe; writers are serialised. A write is durable when the call returns, and whoever
/// reads after that sees it, through whichever server.
///
/// errors of every call: kUnavailable if the database cannot be reached or is read-only, and the
/// same call may succeed later.
class ProductStore {
 public:
  virtual ~ProductStore() = default;

  /// Called inside a write, before it is committed, with keys and picture ids assigned; if it
  /// fails, nothing is written.
  using BeforeCommit = std::function<Status(std::span<const Product>)>;

  /// Adds or replaces products by `id`, all or nothing. Fills in `key` and the picture ids: a
  /// picture whose hash the product already had keeps its id. Returns the ids of pictures that are
  /// gone. errors: kDeadlineExceeded if the database was lost in the last step and it is not known
  /// whether the products were written; for every other error nothing was written.
  virtual Result<std::vector<PictureId>> Put(std::span<Product> products,
                                             const BeforeCommit& before_commit) = 0;

  /// Removes products by `id`; unknown ones are ignored. Returns what was removed.
  virtual Result<std::vector<Product>> Remove(std::span<const std::string> ids) = 0;

  /// errors: kNotFound (names the id).
  [[nodiscard]] virtual Result<Product> Get(const std::string& id) const = 0;
  /// In the order of `keys`; unknown keys are left out.
  [[nodiscard]] virtual Result<std::vector<Product>> GetByKeys(
      std::span<const ProductKey> keys) const = 0;
  /// In the order of `ids`; unknown ids are left out.
  [[nodiscard]] virtual Result<std::vector<Product>> GetByIds(
      std::span<const std::string> ids) const = 0;
  /// errors: kNotFound.
  [[nodiscard]] virtual Result<StoredPicture> GetPicture(PictureId id) const = 0;
  /// Picture::local_features in the order of `pictures`; empty for those that have none.
  [[nodiscard]] virtual Result<std::vector<std::vector<std::byte>>> GetLocalFeatures(
      std::span<const PictureId> pictures) const = 0;
  /// Whether a picture with this content is in use.
  [[nodiscard]] virtual Result<bool> UsesPicture(const std::string& hash) const = 0;

  /// Which products pass, made once per query from a snapshot and valid after the store has
  /// changed. errors: kInvalidArgument (unknown currency, min > max, range without currency).
  [[nodiscard]] virtual Result<CompiledFilter> CompileFilter(const ProductFilter& filter) const = 0;

  [[nodiscard]] virtual Result<ProductCounts> Counts() const = 0;
  [[nodiscard]] virtual Result<std::int64_t> PictureCount() const = 0;
  /// Every picture, in ascending id.
  virtual Status ForEachPicture(const std::function<void(const StoredPicture&)>& visit) const = 0;

  /// The ids seen by an import that removes what its file no longer has. ForgetSeen starts anew;
  /// who started before then gets kUnavailable from the other two: one such import at a time.
  virtual Status ForgetSeen() = 0;
  /// Returns the ids that had been marked before, or stand twice in `ids`: a feed that names a
  /// product twice.
  virtual Result<std::vector<std::string>> MarkSeen(std::span<const std::string> ids) = 0;
  /// At most `limit` ids of products that were not marked.
  [[nodiscard]] virtual Result<std::vector<std::string>> NotSeen(int limit) const = 0;

  /// Small settings, such as the embedding model of the current vectors. Empty if never set.
  [[nodiscard]] virtual Result<std::string> GetSetting(const std::string& name) const = 0;
  virtual Status SetSetting(const std::string& name, const std::string& value) = 0;

  /// Every page and index of the database is sound. errors: kCorruption with the first finding.
  [[nodiscard]] virtual Status CheckIntegrity() const = 0;

  /// For changes that take several calls: between them no other process writes. One lock at a time
  /// in this process. errors: kUnavailable if another writer does not come to an end.
  [[nodiscard]] virtual Result<std::unique_ptr<WriterLock>> LockWriters() = 0;
};

}  // namespace snapshelf
