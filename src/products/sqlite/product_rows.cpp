#include "products/sqlite/product_rows.h"

#include <fmt/format.h>

#include <span>

#include "base/check.h"
#include "products/store_rules.h"

namespace snapshelf::sqlite {
namespace {

// The columns that MakeProduct and MakePicture read, in their order.
constexpr std::string_view kSelectProductById =
    "SELECT p.key, p.id, c.path, p.brand, p.price_minor, p.currency, p.availability, p.description,"
    " p.link, p.color FROM products p JOIN categories c ON c.key = p.category WHERE p.id = ?";
constexpr std::string_view kSelectProductByKey =
    "SELECT p.key, p.id, c.path, p.brand, p.price_minor, p.currency, p.availability, p.description,"
    " p.link, p.color FROM products p JOIN categories c ON c.key = p.category WHERE p.key = ?";
constexpr std::string_view kSelectAttributes =
    "SELECT p.key, '', c.path, p.brand, p.price_minor, p.currency, p.availability, '', '', p.color"
    " FROM products p JOIN categories c ON c.key = p.category";
constexpr std::string_view kSelectPicturesOfProduct =
    "SELECT id, product, hash, width, height, source_path, source_size_bytes, source_modified_ns"
    " FROM pictures WHERE product = ? ORDER BY position";
constexpr std::string_view kSelectPictureById =
    "SELECT id, product, hash, width, height, source_path, source_size_bytes, source_modified_ns"
    " FROM pictures WHERE id = ?";
constexpr std::string_view kSelectPictures =
    "SELECT id, product, hash, width, height, source_path, source_size_bytes, source_modified_ns"
    " FROM pictures ORDER BY id";

Product MakeProduct(const Statement& row) {
  Product product{.key = static_cast<ProductKey>(row.Int(0)),
                  .id = row.Text(1),
                  .titles = {},
                  .description = row.Text(7),
                  .category = row.Text(2),
                  .brand = row.Text(3),
                  .color = row.Text(9),
                  .price = {},
                  .availability = static_cast<Availability>(row.Int(6)),
                  .link = row.Text(8),
                  .pictures = {}};
  if (!row.IsNull(4)) product.price = Money{.minor = row.Int(4), .currency = row.Text(5)};
  return product;
}

StoredPicture MakePicture(const Statement& row) {
  return {.picture = {.id = static_cast<PictureId>(row.Int(0)),
                      .hash = row.Text(2),
                      .width = static_cast<int>(row.Int(3)),
                      .height = static_cast<int>(row.Int(4)),
                      .source = {.path = row.Text(5),
                                 .size_bytes = row.Int(6),
                                 .modified_ns = row.Int(7)}},
          .product = static_cast<ProductKey>(row.Int(1))};
}

// Calls `take` for every row of `query`.
Status ForEachRow(Statement& query, const std::function<void(const Statement&)>& take) {
  while (true) {
    const auto has_row = query.Step();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) return {};
    take(query);
  }
}

Status ReadTitles(const Connection& connection, Product& product) {
  Statement query = connection.Query("SELECT language, title FROM titles WHERE product = ?");
  query.Bind(static_cast<std::int64_t>(product.key));
  return ForEachRow(
      query, [&](const Statement& row) { product.titles.emplace(row.Text(0), row.Text(1)); });
}

Result<std::vector<Picture>> ReadPicturesOf(const Connection& connection, ProductKey key) {
  Statement query = connection.Query(kSelectPicturesOfProduct);
  query.Bind(static_cast<std::int64_t>(key));
  std::vector<Picture> pictures;
  SNAPSHELF_RETURN_IF_ERROR(ForEachRow(
      query, [&](const Statement& row) { pictures.push_back(MakePicture(row).picture); }));
  return pictures;
}

// Reads the product that `query` (one of kSelectProductBy...) finds.
Result<std::optional<Product>> ReadOne(const Connection& connection, Statement& query) {
  const auto has_row = query.Step();
  if (!has_row) return std::unexpected(has_row.error());
  if (!*has_row) return std::nullopt;
  Product product = MakeProduct(query);
  SNAPSHELF_RETURN_IF_ERROR(ReadTitles(connection, product));
  auto pictures = ReadPicturesOf(connection, product.key);
  if (!pictures) return std::unexpected(std::move(pictures).error());
  product.pictures = std::move(*pictures);
  return product;
}

// Each word as a quoted prefix, "red"* "mug"*: what a shopper types is never read as an operator.
std::string MatchExpression(const std::string& words) {
  std::string expression;
  for (const std::string& word : SplitWords(words))
    expression += fmt::format("{}\"{}\"*", expression.empty() ? "" : " ", word);
  return expression;
}

Result<std::optional<ProductKey>> FindKey(const Connection& connection, const std::string& id) {
  Statement query = connection.Query("SELECT key FROM products WHERE id = ?");
  const auto has_row = query.Bind(id).Step();
  if (!has_row) return std::unexpected(has_row.error());
  if (!*has_row) return std::nullopt;
  return static_cast<ProductKey>(query.Int(0));
}

Result<std::int64_t> CategoryKey(const Connection& writer, const std::string& path) {
  SNAPSHELF_RETURN_IF_ERROR(
      writer.Query("INSERT OR IGNORE INTO categories(path) VALUES(?)").Bind(path).Run());
  Statement query = writer.Query("SELECT key FROM categories WHERE path = ?");
  const auto has_row = query.Bind(path).Step();
  if (!has_row) return std::unexpected(has_row.error());
  SNAPSHELF_CHECK(*has_row);
  return query.Int(0);
}

Status WriteFields(const Connection& writer, const Product& product) {
  const auto category = CategoryKey(writer, product.category);
  if (!category) return std::unexpected(category.error());
  Statement write = writer.Query(
      "INSERT INTO products(key, id, description, category, brand, price_minor, currency,"
      " availability, link, color) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE "
      "SET"
      " description = excluded.description, category = excluded.category, brand = excluded.brand,"
      " price_minor = excluded.price_minor, currency = excluded.currency,"
      " availability = excluded.availability, link = excluded.link,"
      " color = excluded.color");
  write.Bind(static_cast<std::int64_t>(product.key)).Bind(product.id).Bind(product.description);
  write.Bind(*category).Bind(product.brand);
  if (product.price)
    write.Bind(product.price->minor).Bind(product.price->currency);
  else
    write.BindNull().BindNull();
  write.Bind(static_cast<std::int64_t>(product.availability))
      .Bind(product.link)
      .Bind(product.color);
  return write.Run();
}

Status WriteTitles(const Connection& writer, const Product& product) {
  const auto key = static_cast<std::int64_t>(product.key);
  SNAPSHELF_RETURN_IF_ERROR(writer.Query("DELETE FROM titles WHERE product = ?").Bind(key).Run());
  for (const auto& [language, title] : product.titles)
    SNAPSHELF_RETURN_IF_ERROR(writer.Query("INSERT INTO titles VALUES(?, ?, ?)")
                                  .Bind(key)
                                  .Bind(language)
                                  .Bind(title)
                                  .Run());
  return {};
}

Status WriteWords(const Connection& writer, const Product& product) {
  std::string text = product.brand;
  for (const auto& [language, title] : product.titles) text += ' ' + title;
  return writer.Query("INSERT OR REPLACE INTO words(rowid, text) VALUES(?, ?)")
      .Bind(static_cast<std::int64_t>(product.key))
      .Bind(text)
      .Run();
}

Status WriteLocalFeatures(const Connection& writer, const Picture& picture) {
  if (picture.local_features.empty()) return {};
  return writer.Query("INSERT OR REPLACE INTO local_features VALUES(?, ?)")
      .Bind(static_cast<std::int64_t>(picture.id))
      .Bind(std::span(picture.local_features))
      .Run();
}

Status WritePictures(const Connection& writer, const Product& product,
                     std::span<const Picture> gone) {
  for (const Picture& picture : gone)
    SNAPSHELF_RETURN_IF_ERROR(writer.Query("DELETE FROM pictures WHERE id = ?")
                                  .Bind(static_cast<std::int64_t>(picture.id))
                                  .Run());
  const auto key = static_cast<std::int64_t>(product.key);
  std::int64_t position = 0;
  for (const Picture& picture : product.pictures) {
    // The picture of an id never changes; where it stands and where it came from may.
    Statement write = writer.Query(
        "INSERT INTO pictures VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
        " position = excluded.position, source_path = excluded.source_path,"
        " source_size_bytes = excluded.source_size_bytes,"
        " source_modified_ns = excluded.source_modified_ns");
    write.Bind(static_cast<std::int64_t>(picture.id)).Bind(key).Bind(position++).Bind(picture.hash);
    write.Bind(std::int64_t{picture.width}).Bind(std::int64_t{picture.height});
    write.Bind(picture.source.path).Bind(picture.source.size_bytes);
    SNAPSHELF_RETURN_IF_ERROR(write.Bind(picture.source.modified_ns).Run());
    SNAPSHELF_RETURN_IF_ERROR(WriteLocalFeatures(writer, picture));
  }
  return {};
}

}  // namespace

Result<std::optional<Product>> ReadProduct(const Connection& connection, const std::string& id) {
  Statement query = connection.Query(kSelectProductById);
  query.Bind(id);
  return ReadOne(connection, query);
}

Result<std::optional<Product>> ReadProduct(const Connection& connection, ProductKey key) {
  Statement query = connection.Query(kSelectProductByKey);
  query.Bind(static_cast<std::int64_t>(key));
  return ReadOne(connection, query);
}

Status ReadAttributes(const Connection& connection,
                      const std::function<void(const Product&)>& visit) {
  Statement query = connection.Query(kSelectAttributes);
  return ForEachRow(query, [&](const Statement& row) { visit(MakeProduct(row)); });
}

Result<std::optional<StoredPicture>> ReadPicture(const Connection& connection, PictureId id) {
  Statement query = connection.Query(kSelectPictureById);
  const auto has_row = query.Bind(static_cast<std::int64_t>(id)).Step();
  if (!has_row) return std::unexpected(has_row.error());
  if (!*has_row) return std::nullopt;
  return MakePicture(query);
}

Status ReadPictures(const Connection& connection,
                    const std::function<void(const StoredPicture&)>& visit) {
  Statement query = connection.Query(kSelectPictures);
  return ForEachRow(query, [&](const Statement& row) { visit(MakePicture(row)); });
}

Result<std::vector<std::byte>> ReadLocalFeatures(const Connection& connection, PictureId picture) {
  Statement query = connection.Query("SELECT record FROM local_features WHERE picture = ?");
  const auto has_row = query.Bind(static_cast<std::int64_t>(picture)).Step();
  if (!has_row) return std::unexpected(has_row.error());
  return *has_row ? query.Blob(0) : std::vector<std::byte>();
}

Status WriteProduct(const Connection& writer, KeyBlocks& keys, Product& product,
                    std::vector<PictureId>& removed) {
  const auto stored_key = FindKey(writer, product.id);
  if (!stored_key) return std::unexpected(stored_key.error());
  product.key = *stored_key ? **stored_key : keys.TakeProductKey();
  auto stored = ReadPicturesOf(writer, product.key);
  if (!stored) return std::unexpected(std::move(stored).error());
  AssignPictureIds(keys, product.pictures, *stored);
  for (const Picture& picture : *stored) removed.push_back(picture.id);

  SNAPSHELF_RETURN_IF_ERROR(WriteFields(writer, product));
  SNAPSHELF_RETURN_IF_ERROR(WriteTitles(writer, product));
  SNAPSHELF_RETURN_IF_ERROR(WriteWords(writer, product));
  return WritePictures(writer, product, *stored);
}

Result<std::vector<ProductKey>> FindByWords(const Connection& connection,
                                            const std::string& words) {
  std::vector<ProductKey> keys;
  Statement query = connection.Query("SELECT rowid FROM words WHERE words MATCH ?");
  query.Bind(MatchExpression(words));
  SNAPSHELF_RETURN_IF_ERROR(ForEachRow(
      query, [&](const Statement& row) { keys.push_back(static_cast<ProductKey>(row.Int(0))); }));
  return keys;
}

Result<std::uint64_t> AdvanceCounter(const Connection& writer, std::string_view name,
                                     std::uint64_t size) {
  Statement advance =
      writer.Query("UPDATE counters SET next = next + ? WHERE name = ? RETURNING next");
  advance.Bind(static_cast<std::int64_t>(size)).Bind(name);
  const auto has_row = advance.Step();
  if (!has_row) return std::unexpected(has_row.error());
  if (!*has_row) return Fail(Code::kCorruption, "product database: its counters are missing");
  const auto next = static_cast<std::uint64_t>(advance.Int(0));
  SNAPSHELF_RETURN_IF_ERROR(advance.Run());  // commits
  return next;
}

Status DeleteProduct(const Connection& writer, ProductKey key) {
  SNAPSHELF_RETURN_IF_ERROR(
      writer.Query("DELETE FROM words WHERE rowid = ?").Bind(static_cast<std::int64_t>(key)).Run());
  return writer.Query("DELETE FROM products WHERE key = ?")
      .Bind(static_cast<std::int64_t>(key))
      .Run();
}

}  // namespace snapshelf::sqlite
