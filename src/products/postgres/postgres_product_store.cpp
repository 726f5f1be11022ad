#include "products/postgres/postgres_product_store.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <utility>

#include "base/check.h"
#include "products/key_blocks.h"
#include "products/postgres/product_rows.h"
#include "products/postgres/schema.h"
#include "products/postgres/shared_attributes.h"
#include "products/postgres/writer.h"
#include "products/store_rules.h"

namespace snapshelf::postgres {
namespace {

constexpr std::int64_t kPicturesPerPage = 10'000;
// Who began the import whose ids are in `seen`.
constexpr std::string_view kSeenOwner = "seen_owner";

std::string RandomName() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

class Lease final : public WriterLock {
 public:
  explicit Lease(Writer& writer) : writer_(writer) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() override { writer_.Unlock(); }

 private:
  Writer& writer_;
};

/// The products up to the first whose id stands before it: one statement can write a row only once.
std::span<Product> FirstDistinct(std::span<Product> products) {
  std::set<std::string_view> ids;
  std::size_t count = 0;
  while (count < products.size() && ids.insert(products[count].id).second) ++count;
  return products.first(count);
}

Status WriteSetting(Connection& connection, std::string_view name, std::string_view value) {
  const auto done = connection.Run(
      "INSERT INTO settings VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
      Parameters().Add(name).Add(value));
  if (!done) return std::unexpected(done.error());
  return {};
}

class PostgresProductStore final : public ProductStore {
 public:
  explicit PostgresProductStore(std::shared_ptr<Pool> pool)
      : pool_(std::move(pool)), writer_(pool_->options()), attributes_(*pool_) {}

  Status LoadAttributes() {
    const auto loaded = attributes_.Current();
    if (!loaded) return std::unexpected(loaded.error());
    return {};
  }

  Result<std::vector<PictureId>> Put(std::span<Product> products,
                                     const BeforeCommit& before_commit) override {
    std::uint64_t pictures = 0;
    for (const Product& product : products) {
      SNAPSHELF_RETURN_IF_ERROR(CheckProduct(product));
      pictures += product.pictures.size();
    }
    const std::scoped_lock lock(keys_mutex_);
    const auto advance = [this](std::string_view name, std::uint64_t size) {
      return AdvanceCounter(name, size);
    };
    // Enough for a second attempt.
    SNAPSHELF_RETURN_IF_ERROR(keys_.Reserve(2 * products.size(), 2 * pictures, advance));
    std::vector<PictureId> removed;
    const auto change = [&](Connection& connection, std::int64_t number) -> Status {
      removed.clear();
      for (std::span<Product> left = products; !left.empty();) {
        const std::span<Product> group = FirstDistinct(left);
        SNAPSHELF_RETURN_IF_ERROR(WriteProducts(connection, number, keys_, group, removed));
        left = left.subspan(group.size());
      }
      return ForgetOldWrites(connection, number);
    };
    SNAPSHELF_RETURN_IF_ERROR(writer_.Write(
        change, [&]() -> Status { return before_commit ? before_commit(products) : Status(); }));
    return removed;
  }

  Result<std::vector<Product>> Remove(std::span<const std::string> ids) override {
    std::vector<Product> removed;
    const auto change = [&](Connection& connection, std::int64_t number) -> Status {
      auto products = ReadProducts(connection, Distinct(ids));
      if (!products) return std::unexpected(std::move(products).error());
      removed = std::move(*products);
      SNAPSHELF_RETURN_IF_ERROR(DeleteProducts(connection, number, removed));
      return ForgetOldWrites(connection, number);
    };
    SNAPSHELF_RETURN_IF_ERROR(writer_.Write(change));
    return removed;
  }

  Result<std::unique_ptr<WriterLock>> LockWriters() override {
    SNAPSHELF_RETURN_IF_ERROR(writer_.Lock());
    return std::make_unique<Lease>(writer_);
  }

  Result<Product> Get(const std::string& id) const override {
    auto products = GetByIds({&id, 1});
    if (!products) return std::unexpected(std::move(products).error());
    if (products->empty())
      return Fail(Code::kNotFound, fmt::format("product \"{}\": there is none", id));
    return std::move(products->front());
  }

  Result<std::vector<Product>> GetByKeys(std::span<const ProductKey> keys) const override {
    return pool_->Run([keys](Connection& connection) { return ReadProducts(connection, keys); });
  }

  Result<std::vector<Product>> GetByIds(std::span<const std::string> ids) const override {
    return pool_->Run([ids](Connection& connection) { return ReadProducts(connection, ids); });
  }

  Result<StoredPicture> GetPicture(PictureId id) const override {
    auto pictures = pool_->Run(
        [id](Connection& connection) { return ReadPictures(connection, id, /*limit=*/1); });
    if (!pictures) return std::unexpected(std::move(pictures).error());
    if (pictures->empty() || pictures->front().picture.id != id)
      return Fail(Code::kNotFound, fmt::format("picture {}: there is none", id));
    return std::move(pictures->front());
  }

  Result<std::vector<std::vector<std::byte>>> GetLocalFeatures(
      std::span<const PictureId> pictures) const override {
    return pool_->Run(
        [pictures](Connection& connection) { return ReadLocalFeatures(connection, pictures); });
  }

  Result<bool> UsesPicture(const std::string& hash) const override {
    const auto rows = Ask("SELECT 1 FROM pictures WHERE hash = $1 LIMIT 1", Parameters().Add(hash));
    if (!rows) return std::unexpected(rows.error());
    return rows->size() == 1;
  }

  Result<CompiledFilter> CompileFilter(const ProductFilter& filter) const override {
    if (filter.IsEmpty()) return AttributeColumns().Compile(filter);
    const auto columns = attributes_.Current();
    if (!columns) return std::unexpected(columns.error());
    if (SplitWords(filter.words).empty()) return (*columns)->Compile(filter);
    const auto keys =
        pool_->Run([&](Connection& connection) { return FindByWords(connection, filter.words); });
    if (!keys) return std::unexpected(keys.error());
    return (*columns)->Compile(filter, *keys);
  }

  Result<std::int64_t> PictureCount() const override {
    const auto rows = Ask("SELECT count(*) FROM pictures");
    if (!rows) return std::unexpected(rows.error());
    return rows->Int(0, 0);
  }

  Result<ProductCounts> Counts() const override {
    // One statement, so that the numbers belong together; the first row is the total.
    const auto rows =
        Ask("SELECT category, count(*), (SELECT count(*) FROM pictures) FROM products"
            " GROUP BY GROUPING SETS ((), (category)) ORDER BY grouping(category) DESC");
    if (!rows) return std::unexpected(rows.error());
    ProductCounts counts;
    counts.products = rows->Int(0, 1);
    counts.pictures = rows->Int(0, 2);
    for (int row = 1; row < rows->size(); ++row)
      counts.by_category.emplace(rows->Text(row, 0), rows->Int(row, 1));
    return counts;
  }

  Status ForEachPicture(const std::function<void(const StoredPicture&)>& visit) const override {
    PictureId next = 0;  // a lost connection does not begin anew
    return pool_->Run([&](Connection& connection) -> Status {
      const auto snapshot = Transaction::Begin(connection, Transaction::Kind::kRead);
      if (!snapshot) return std::unexpected(snapshot.error());
      while (true) {
        const auto page = ReadPictures(connection, next, kPicturesPerPage);
        if (!page) return std::unexpected(page.error());
        for (const StoredPicture& picture : *page) visit(picture);
        if (page->empty()) return {};
        next = page->back().picture.id + 1;
      }
    });
  }

  Status ForgetSeen() override {
    return writer_.Write([this](Connection& connection, std::int64_t /*number*/) -> Status {
      SNAPSHELF_RETURN_IF_ERROR(connection.Execute("DELETE FROM seen"));
      SNAPSHELF_RETURN_IF_ERROR(WriteSetting(connection, kSeenOwner, own_name_));
      owns_seen_ = true;
      return {};
    });
  }

  Result<std::vector<std::string>> MarkSeen(std::span<const std::string> ids) override {
    std::vector<std::string> repeated;
    const auto change = [&](Connection& connection, std::int64_t /*number*/) -> Status {
      SNAPSHELF_RETURN_IF_ERROR(CheckSeenOwner(connection));
      const auto rows =
          connection.Run("INSERT INTO seen SELECT unnest($1) ON CONFLICT DO NOTHING RETURNING id",
                         Parameters().Add(std::vector(ids.begin(), ids.end())));
      if (!rows) return std::unexpected(rows.error());
      std::set<std::string> fresh;
      for (int row = 0; row < rows->size(); ++row) fresh.insert(rows->Text(row, 0));
      repeated.clear();
      for (const std::string& id : ids)
        if (fresh.erase(id) == 0) repeated.push_back(id);
      return {};
    };
    SNAPSHELF_RETURN_IF_ERROR(writer_.Write(change));
    return repeated;
  }

  Result<std::vector<std::string>> NotSeen(int limit) const override {
    return pool_->Run([&](Connection& connection) -> Result<std::vector<std::string>> {
      const auto snapshot = Transaction::Begin(connection, Transaction::Kind::kRead);
      if (!snapshot) return std::unexpected(snapshot.error());
      SNAPSHELF_RETURN_IF_ERROR(CheckSeenOwner(connection));
      const auto rows = connection.Run(
          "SELECT id FROM products p WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.id = p.id)"
          " ORDER BY key LIMIT $1",
          Parameters().Add(std::int64_t{limit}));
      if (!rows) return std::unexpected(rows.error());
      std::vector<std::string> ids;
      for (int row = 0; row < rows->size(); ++row) ids.push_back(rows->Text(row, 0));
      return ids;
    });
  }

  Result<std::string> GetSetting(const std::string& name) const override {
    const auto rows = Ask("SELECT value FROM settings WHERE name = $1", Parameters().Add(name));
    if (!rows) return std::unexpected(rows.error());
    return rows->size() == 1 ? rows->Text(0, 0) : std::string();
  }

  Status SetSetting(const std::string& name, const std::string& value) override {
    return writer_.Write([&](Connection& connection, std::int64_t /*number*/) {
      return WriteSetting(connection, name, value);
    });
  }

  Status CheckIntegrity() const override {
    // A connection of its own, since its statements have no time limit.
    const auto connection = Connection::Open(pool_->options());
    if (!connection) return std::unexpected(connection.error());
    return postgres::CheckIntegrity(**connection);
  }

 private:
  [[nodiscard]] Result<Rows> Ask(std::string_view sql, const Parameters& parameters = {}) const {
    return pool_->Run([&](Connection& connection) { return connection.Run(sql, parameters); });
  }

  static std::vector<std::string> Distinct(std::span<const std::string> ids) {
    std::set<std::string_view> known;
    std::vector<std::string> distinct;
    for (const std::string& id : ids)
      if (known.insert(id).second) distinct.push_back(id);
    return distinct;
  }

  Result<std::uint64_t> AdvanceCounter(std::string_view name, std::uint64_t size) {
    std::uint64_t end = 0;
    SNAPSHELF_RETURN_IF_ERROR(
        writer_.Write([&](Connection& connection, std::int64_t /*number*/) -> Status {
          const auto rows =
              connection.Run("UPDATE counters SET next = next + $1 WHERE name = $2 RETURNING next",
                             Parameters().Add(static_cast<std::int64_t>(size)).Add(name));
          if (!rows) return std::unexpected(rows.error());
          if (rows->size() != 1)
            return Fail(Code::kCorruption, "PostgreSQL: the counters are missing");
          end = static_cast<std::uint64_t>(rows->Int(0, 0));
          return {};
        }));
    return end;
  }

  /// Two imports that mark at once would each take the other's products for missing.
  [[nodiscard]] Status CheckSeenOwner(Connection& connection) const {
    if (!owns_seen_) return {};
    const auto rows =
        connection.Run("SELECT value FROM settings WHERE name = $1", Parameters().Add(kSeenOwner));
    if (!rows) return std::unexpected(rows.error());
    if (rows->size() == 1 && rows->Text(0, 0) == own_name_) return {};
    return Fail(Code::kUnavailable,
                "another server has begun an import of this catalog: wait for its end, and import "
                "again");
  }

  std::shared_ptr<Pool> pool_;
  Writer writer_;
  mutable SharedAttributes attributes_;
  const std::string own_name_ = RandomName();
  std::atomic<bool> owns_seen_ = false;
  std::mutex keys_mutex_;
  KeyBlocks keys_;  // under keys_mutex_
};

}  // namespace

Result<std::unique_ptr<ProductStore>> MakeProductStore(std::shared_ptr<Pool> pool) {
  auto store = std::make_unique<PostgresProductStore>(std::move(pool));
  SNAPSHELF_RETURN_IF_ERROR(store->LoadAttributes());
  return store;
}

}  // namespace snapshelf::postgres
