#include "products/sqlite/sqlite_product_store.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "base/check.h"
#include "products/attribute_columns.h"
#include "products/key_blocks.h"
#include "products/sqlite/connection.h"
#include "products/sqlite/product_rows.h"
#include "products/sqlite/reader_pool.h"
#include "products/sqlite/schema.h"
#include "products/store_rules.h"

namespace snapshelf {
namespace {

using sqlite::Connection;
using sqlite::Statement;
using sqlite::Transaction;

class SqliteProductStore final : public ProductStore {
 public:
  SqliteProductStore(std::filesystem::path path, std::unique_ptr<Connection> writer)
      : writer_(std::move(writer)), readers_(std::move(path)) {}

  Status LoadAttributes() {
    return ReadAttributes(*writer_, [&](const Product& row) { columns_.Set({&row, 1}); });
  }

  Result<std::vector<PictureId>> Put(std::span<Product> products,
                                     const BeforeCommit& before_commit) override {
    std::uint64_t pictures = 0;
    for (const Product& product : products) {
      SNAPSHELF_RETURN_IF_ERROR(CheckProduct(product));
      pictures += product.pictures.size();
    }
    const std::scoped_lock lock(writer_mutex_);
    const auto advance = [this](std::string_view name, std::uint64_t size) {
      return sqlite::AdvanceCounter(*writer_, name, size);
    };
    SNAPSHELF_RETURN_IF_ERROR(keys_.Reserve(products.size(), pictures, advance));
    auto transaction = Transaction::Begin(*writer_, Transaction::Kind::kWrite);
    if (!transaction) return std::unexpected(std::move(transaction).error());
    std::vector<PictureId> removed;
    for (Product& product : products)
      SNAPSHELF_RETURN_IF_ERROR(WriteProduct(*writer_, keys_, product, removed));
    if (before_commit) SNAPSHELF_RETURN_IF_ERROR(before_commit(products));
    SNAPSHELF_RETURN_IF_ERROR((*transaction)->Commit());
    columns_.Set(products);
    return removed;
  }

  Result<std::vector<Product>> Remove(std::span<const std::string> ids) override {
    const std::scoped_lock lock(writer_mutex_);
    auto transaction = Transaction::Begin(*writer_, Transaction::Kind::kWrite);
    if (!transaction) return std::unexpected(std::move(transaction).error());
    std::vector<Product> removed;
    for (const std::string& id : ids) {
      auto product = ReadProduct(*writer_, id);
      if (!product) return std::unexpected(std::move(product).error());
      if (!*product) continue;
      SNAPSHELF_RETURN_IF_ERROR(DeleteProduct(*writer_, (*product)->key));
      removed.push_back(std::move(**product));
    }
    SNAPSHELF_RETURN_IF_ERROR((*transaction)->Commit());
    columns_.Remove(removed);
    return removed;
  }

  Result<Product> Get(const std::string& id) const override {
    auto products = GetByIds({&id, 1});
    if (!products) return std::unexpected(std::move(products).error());
    if (products->empty())
      return Fail(Code::kNotFound, fmt::format("product \"{}\": there is none", id));
    return std::move(products->front());
  }

  Result<std::vector<Product>> GetByKeys(std::span<const ProductKey> keys) const override {
    return GetAll(keys);
  }

  Result<std::vector<Product>> GetByIds(std::span<const std::string> ids) const override {
    return GetAll(ids);
  }

  Result<StoredPicture> GetPicture(PictureId id) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    auto picture = ReadPicture(**reader, id);
    if (!picture) return std::unexpected(std::move(picture).error());
    if (!*picture) return Fail(Code::kNotFound, fmt::format("picture {}: there is none", id));
    return std::move(**picture);
  }

  Result<std::vector<std::vector<std::byte>>> GetLocalFeatures(
      std::span<const PictureId> pictures) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    const auto snapshot = Transaction::Begin(**reader, Transaction::Kind::kRead);
    if (!snapshot) return std::unexpected(snapshot.error());
    std::vector<std::vector<std::byte>> records;
    records.reserve(pictures.size());
    for (const PictureId picture : pictures) {
      auto record = ReadLocalFeatures(**reader, picture);
      if (!record) return std::unexpected(std::move(record).error());
      records.push_back(std::move(*record));
    }
    return records;
  }

  Result<std::unique_ptr<WriterLock>> LockWriters() override {
    return std::make_unique<WriterLock>();  // the data folder is locked by this process
  }

  Result<bool> UsesPicture(const std::string& hash) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    return (*reader)->Query("SELECT 1 FROM pictures WHERE hash = ? LIMIT 1").Bind(hash).Step();
  }

  Result<CompiledFilter> CompileFilter(const ProductFilter& filter) const override {
    if (SplitWords(filter.words).empty()) return columns_.Compile(filter);
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    const auto keys = sqlite::FindByWords(**reader, filter.words);
    if (!keys) return std::unexpected(keys.error());
    return columns_.Compile(filter, *keys);
  }

  Result<std::int64_t> PictureCount() const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    Statement query = (*reader)->Query("SELECT count(*) FROM pictures");
    if (const auto row = query.Step(); !row) return std::unexpected(row.error());
    return query.Int(0);
  }

  Result<ProductCounts> Counts() const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    const auto snapshot = Transaction::Begin(**reader, Transaction::Kind::kRead);
    if (!snapshot) return std::unexpected(snapshot.error());
    ProductCounts counts;
    Statement totals =
        (*reader)->Query("SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM pictures)");
    if (const auto row = totals.Step(); !row) return std::unexpected(row.error());
    counts.products = totals.Int(0);
    counts.pictures = totals.Int(1);
    Statement categories = (*reader)->Query(
        "SELECT c.path, count(*) FROM products p JOIN categories c ON c.key = p.category"
        " GROUP BY c.key");
    while (true) {
      const auto has_row = categories.Step();
      if (!has_row) return std::unexpected(has_row.error());
      if (!*has_row) return counts;
      counts.by_category.emplace(categories.Text(0), categories.Int(1));
    }
  }

  Status ForEachPicture(const std::function<void(const StoredPicture&)>& visit) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    return ReadPictures(**reader, visit);
  }

  Status ForgetSeen() override {
    const std::scoped_lock lock(writer_mutex_);
    return writer_->Query("DELETE FROM seen").Run();
  }

  Result<std::vector<std::string>> MarkSeen(std::span<const std::string> ids) override {
    const std::scoped_lock lock(writer_mutex_);
    auto transaction = Transaction::Begin(*writer_, Transaction::Kind::kWrite);
    if (!transaction) return std::unexpected(std::move(transaction).error());
    std::vector<std::string> repeated;
    for (const std::string& id : ids) {
      Statement mark = writer_->Query("INSERT OR IGNORE INTO seen VALUES(?) RETURNING 1");
      const auto is_new = mark.Bind(id).Step();
      if (!is_new) return std::unexpected(is_new.error());
      if (!*is_new) repeated.push_back(id);
    }
    SNAPSHELF_RETURN_IF_ERROR((*transaction)->Commit());
    return repeated;
  }

  Result<std::vector<std::string>> NotSeen(int limit) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    Statement query = (*reader)->Query(
        "SELECT id FROM products WHERE id NOT IN (SELECT id FROM seen) ORDER BY key LIMIT ?");
    query.Bind(std::int64_t{limit});
    std::vector<std::string> ids;
    while (true) {
      const auto has_row = query.Step();
      if (!has_row) return std::unexpected(has_row.error());
      if (!*has_row) return ids;
      ids.push_back(query.Text(0));
    }
  }

  Result<std::string> GetSetting(const std::string& name) const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    Statement query = (*reader)->Query("SELECT value FROM settings WHERE name = ?");
    const auto has_row = query.Bind(name).Step();
    if (!has_row) return std::unexpected(has_row.error());
    return *has_row ? query.Text(0) : std::string();
  }

  Status SetSetting(const std::string& name, const std::string& value) override {
    const std::scoped_lock lock(writer_mutex_);
    return writer_
        ->Query(
            "INSERT INTO settings VALUES(?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value")
        .Bind(name)
        .Bind(value)
        .Run();
  }

  Status CheckIntegrity() const override {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    return sqlite::CheckIntegrity(**reader);
  }

 private:
  template <class Name>
  Result<std::vector<Product>> GetAll(std::span<const Name> names) const {
    const auto reader = readers_.Borrow();
    if (!reader) return std::unexpected(reader.error());
    const auto snapshot = Transaction::Begin(**reader, Transaction::Kind::kRead);
    if (!snapshot) return std::unexpected(snapshot.error());
    std::vector<Product> products;
    products.reserve(names.size());
    for (const Name& name : names) {
      auto product = ReadProduct(**reader, name);
      if (!product) return std::unexpected(std::move(product).error());
      if (*product) products.push_back(std::move(**product));
    }
    return products;
  }

  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;  // under writer_mutex_
  KeyBlocks keys_;                      // under writer_mutex_
  mutable sqlite::ReaderPool readers_;
  AttributeColumns columns_;
};

}  // namespace

Result<std::unique_ptr<ProductStore>> OpenSqliteProductStore(const std::filesystem::path& path,
                                                             bool create) {
  auto writer = Connection::Open(path, create);
  if (!writer) return std::unexpected(std::move(writer).error());
  SNAPSHELF_RETURN_IF_ERROR(sqlite::PrepareSchema(**writer, path, create));
  auto store = std::make_unique<SqliteProductStore>(path, std::move(*writer));
  SNAPSHELF_RETURN_IF_ERROR(store->LoadAttributes());
  return store;
}

}  // namespace snapshelf
