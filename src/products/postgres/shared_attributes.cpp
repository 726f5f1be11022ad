#include "products/postgres/shared_attributes.h"

#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace snapshelf::postgres {
namespace {

// A server that looks for changes at every filtered query is never that far behind.
constexpr std::int64_t kWritesKept = 100'000;
// Old writes are forgotten in strides, not one by one.
constexpr std::int64_t kForgetEvery = 1'000;
constexpr std::int64_t kRowsPerPage = 10'000;

/// Where reading goes on: keys in order within a write.
struct Place {
  std::int64_t number = 0;
  std::int64_t key = 0;
};

Result<std::int64_t> LastWrite(Connection& connection) {
  const auto rows = connection.Run("SELECT next FROM counters WHERE name = 'write'");
  if (!rows) return std::unexpected(rows.error());
  if (rows->size() != 1) return Fail(Code::kCorruption, "PostgreSQL: the counters are missing");
  return rows->Int(0, 0);
}

/// The products that were written after `place`, which moves to the end of the page. False after
/// the last page.
Result<bool> ReadPage(Connection& connection, Place& place, AttributeColumns& columns) {
  const auto rows = connection.Run(
      "SELECT changed, key, category, brand, price_minor, currency, availability, color"
      " FROM products"
      " WHERE (changed, key) > ($1, $2) ORDER BY changed, key LIMIT $3",
      Parameters().Add(place.number).Add(place.key).Add(kRowsPerPage));
  if (!rows) return std::unexpected(rows.error());
  std::vector<Product> products;
  products.reserve(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) {
    place = {.number = rows->Int(row, 0), .key = rows->Int(row, 1)};
    Product product{.key = static_cast<ProductKey>(rows->Int(row, 1)),
                    .category = rows->Text(row, 2),
                    .brand = rows->Text(row, 3),
                    .color = rows->Text(row, 7),
                    .availability = static_cast<Availability>(rows->Int(row, 6))};
    if (!rows->IsNull(row, 4))
      product.price = Money{.minor = rows->Int(row, 4), .currency = rows->Text(row, 5)};
    products.push_back(std::move(product));
  }
  columns.Set(products);
  return rows->size() == kRowsPerPage;
}

/// Keys are never used again, so what was once removed stays so.
Status ReadRemovals(Connection& connection, std::int64_t number, AttributeColumns& columns) {
  const auto rows =
      connection.Run("SELECT product FROM removals WHERE number > $1", Parameters().Add(number));
  if (!rows) return std::unexpected(rows.error());
  std::vector<Product> products(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row)
    products[static_cast<std::size_t>(row)].key = static_cast<ProductKey>(rows->Int(row, 0));
  columns.Remove(products);
  return {};
}

}  // namespace

std::shared_ptr<const AttributeColumns> SharedAttributes::IfCurrent(std::int64_t number) const {
  const std::scoped_lock lock(mutex_);
  return columns_ != nullptr && number_ == number ? columns_ : nullptr;
}

Result<std::shared_ptr<const AttributeColumns>> SharedAttributes::Current() {
  using Columns = std::shared_ptr<const AttributeColumns>;
  return pool_.Run([this](Connection& connection) -> Result<Columns> {
    const auto before = LastWrite(connection);
    if (!before) return std::unexpected(before.error());
    if (Columns columns = IfCurrent(*before)) return columns;
    const std::scoped_lock updating(update_mutex_);
    // While this thread waited, another one may have brought it further than `before`.
    const auto number = LastWrite(connection);
    if (!number) return std::unexpected(number.error());
    SNAPSHELF_RETURN_IF_ERROR(CatchUp(connection, *number));
    const std::scoped_lock lock(mutex_);
    return columns_;
  });
}

/// What is written meanwhile may be read now already, and is read again the next time.
Status SharedAttributes::CatchUp(Connection& connection, std::int64_t number) {
  std::shared_ptr<AttributeColumns> columns;
  Place place;
  {
    const std::scoped_lock lock(mutex_);
    // A lower number is that of a restored backup.
    if (number >= number_ && number - number_ < kWritesKept) {
      columns = columns_;
      // Keys of that write count as read.
      place = {.number = number_, .key = std::numeric_limits<std::int64_t>::max()};
    }
  }
  const bool is_new = columns == nullptr;
  if (is_new) {
    columns = std::make_shared<AttributeColumns>();
    place = {};
  }
  const std::int64_t seen = place.number;
  while (true) {
    const auto has_more = ReadPage(connection, place, *columns);
    if (!has_more) return std::unexpected(has_more.error());
    if (!*has_more) break;
  }
  // Of a fresh reading only those count that went meanwhile.
  SNAPSHELF_RETURN_IF_ERROR(ReadRemovals(connection, is_new ? number : seen, *columns));
  const std::scoped_lock lock(mutex_);
  columns_ = std::move(columns);
  number_ = number;
  return {};
}

Status ForgetOldWrites(Connection& connection, std::int64_t number) {
  if (number % kForgetEvery != 0) return {};
  const Parameters oldest = Parameters().Add(number - kWritesKept);
  for (const char* const sql :
       {"DELETE FROM removals WHERE number <= $1", "DELETE FROM writes WHERE number <= $1"})
    if (const auto done = connection.Run(sql, oldest); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace snapshelf::postgres
