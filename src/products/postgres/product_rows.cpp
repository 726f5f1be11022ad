#include "products/postgres/product_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "products/store_rules.h"

namespace snapshelf::postgres {
namespace {

// The columns that MakeProduct reads, in their order: one row per product, its titles and pictures
// as arrays.
constexpr std::string_view kSelectProducts =
    "SELECT p.key, p.id, p.category, p.brand, p.price_minor, p.currency, p.availability,"
    " p.description, p.link, t.languages, t.titles, f.ids, f.hashes, f.widths, f.heights, f.paths,"
    " f.sizes, f.times, p.color"
    " FROM unnest({}) WITH ORDINALITY AS wanted(name, place) JOIN products p ON p.{} = wanted.name,"
    " LATERAL (SELECT array_agg(language) AS languages, array_agg(title) AS titles"
    " FROM titles WHERE product = p.key) t,"
    " LATERAL (SELECT array_agg(id ORDER BY position) AS ids,"
    " array_agg(hash ORDER BY position) AS hashes, array_agg(width ORDER BY position) AS widths,"
    " array_agg(height ORDER BY position) AS heights,"
    " array_agg(source_path ORDER BY position) AS paths,"
    " array_agg(source_size_bytes ORDER BY position) AS sizes,"
    " array_agg(source_modified_ns ORDER BY position) AS times"
    " FROM pictures WHERE product = p.key) f ORDER BY wanted.place";

std::vector<std::int64_t> AsInts(std::span<const std::uint64_t> values) {
  return {values.begin(), values.end()};
}

std::vector<Picture> MakePictures(const Rows& rows, int row) {
  const auto ids = rows.Ints(row, 11);
  const auto hashes = rows.Texts(row, 12);
  const auto widths = rows.Ints(row, 13);
  const auto heights = rows.Ints(row, 14);
  const auto paths = rows.Texts(row, 15);
  const auto sizes = rows.Ints(row, 16);
  const auto times = rows.Ints(row, 17);
  std::vector<Picture> pictures;
  for (std::size_t i = 0; i < ids.size(); ++i)
    pictures.push_back(
        {.id = static_cast<PictureId>(ids[i]),
         .hash = std::string(hashes[i]),
         .width = static_cast<int>(widths[i]),
         .height = static_cast<int>(heights[i]),
         .source = {.path = std::string(paths[i]), .size_bytes = sizes[i], .modified_ns = times[i]},
         .local_features = {}});
  return pictures;
}

Product MakeProduct(const Rows& rows, int row) {
  Product product{.key = static_cast<ProductKey>(rows.Int(row, 0)),
                  .id = rows.Text(row, 1),
                  .titles = {},
                  .description = rows.Text(row, 7),
                  .category = rows.Text(row, 2),
                  .brand = rows.Text(row, 3),
                  .color = rows.Text(row, 18),
                  .price = {},
                  .availability = static_cast<Availability>(rows.Int(row, 6)),
                  .link = rows.Text(row, 8),
                  .pictures = MakePictures(rows, row)};
  if (!rows.IsNull(row, 4))
    product.price = Money{.minor = rows.Int(row, 4), .currency = rows.Text(row, 5)};
  const auto languages = rows.Texts(row, 9);
  const auto titles = rows.Texts(row, 10);
  for (std::size_t i = 0; i < languages.size(); ++i)
    product.titles.emplace(languages[i], titles[i]);
  return product;
}

Result<std::vector<Product>> ReadAll(Connection& connection, std::string_view sql,
                                     const Parameters& wanted) {
  const auto rows = connection.Run(sql, wanted);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Product> products;
  products.reserve(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) products.push_back(MakeProduct(*rows, row));
  return products;
}

Status Run(Connection& connection, std::string_view sql, const Parameters& parameters) {
  const auto done = connection.Run(sql, parameters);
  if (!done) return std::unexpected(done.error());
  return {};
}

/// Keys and picture ids; the pictures that are gone are appended to `removed`.
Status AssignKeys(Connection& connection, KeyBlocks& keys, std::span<Product> products,
                  std::vector<PictureId>& removed) {
  std::vector<std::string> ids;
  for (const Product& product : products) ids.push_back(product.id);
  auto stored = ReadProducts(connection, ids);
  if (!stored) return std::unexpected(std::move(stored).error());
  std::map<std::string, Product*> stored_by_id;
  for (Product& product : *stored) stored_by_id[product.id] = &product;
  for (Product& product : products) {
    const auto found = stored_by_id.find(product.id);
    std::vector<Picture> none;
    std::vector<Picture>& pictures = found == stored_by_id.end() ? none : found->second->pictures;
    product.key = found == stored_by_id.end() ? keys.TakeProductKey() : found->second->key;
    AssignPictureIds(keys, product.pictures, pictures);
    for (const Picture& gone : pictures) removed.push_back(gone.id);
  }
  return {};
}

Status WriteFields(Connection& connection, std::int64_t number, std::span<const Product> products) {
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> prices;
  std::vector<std::int64_t> availabilities;
  std::vector<std::string> ids;
  std::vector<std::string> descriptions;
  std::vector<std::string> categories;
  std::vector<std::string> brands;
  std::vector<std::string> colors;
  std::vector<std::string> currencies;  // "" for no price
  std::vector<std::string> links;
  for (const Product& product : products) {
    keys.push_back(static_cast<std::int64_t>(product.key));
    ids.push_back(product.id);
    descriptions.push_back(product.description);
    categories.push_back(product.category);
    brands.push_back(product.brand);
    colors.push_back(product.color);
    prices.push_back(product.price ? product.price->minor : 0);
    currencies.push_back(product.price ? product.price->currency : "");
    availabilities.push_back(static_cast<std::int64_t>(product.availability));
    links.push_back(product.link);
  }
  return Run(
      connection,
      "INSERT INTO products(key, id, description, category, brand, price_minor, currency,"
      " availability, link, color, changed)"
      " SELECT key, id, description, category, brand,"
      " CASE WHEN currency <> '' THEN price_minor END, nullif(currency, ''), availability,"
      " link, color, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS given(key, id,"
      " description, category, brand, price_minor, currency, availability, link, color)"
      " ON CONFLICT(id) DO UPDATE SET description = excluded.description,"
      " category = excluded.category, brand = excluded.brand,"
      " price_minor = excluded.price_minor, currency = excluded.currency,"
      " availability = excluded.availability, link = excluded.link,"
      " color = excluded.color,"
      " changed = excluded.changed",
      Parameters()
          .Add(keys)
          .Add(ids)
          .Add(descriptions)
          .Add(categories)
          .Add(brands)
          .Add(prices)
          .Add(currencies)
          .Add(availabilities)
          .Add(links)
          .Add(colors)
          .Add(number));
}

Status WriteTitles(Connection& connection, std::span<const Product> products) {
  std::vector<std::int64_t> written;
  std::vector<std::int64_t> keys;
  std::vector<std::string> languages;
  std::vector<std::string> titles;
  for (const Product& product : products) {
    written.push_back(static_cast<std::int64_t>(product.key));
    for (const auto& [language, title] : product.titles) {
      keys.push_back(static_cast<std::int64_t>(product.key));
      languages.push_back(language);
      titles.push_back(title);
    }
  }
  SNAPSHELF_RETURN_IF_ERROR(
      Run(connection, "DELETE FROM titles WHERE product = ANY($1)", Parameters().Add(written)));
  return Run(connection, "INSERT INTO titles SELECT * FROM unnest($1, $2, $3)",
             Parameters().Add(keys).Add(languages).Add(titles));
}

/// After the brands and the titles.
Status WriteWords(Connection& connection, std::span<const Product> products) {
  std::vector<std::int64_t> keys;
  for (const Product& product : products) keys.push_back(static_cast<std::int64_t>(product.key));
  return Run(connection, "UPDATE products SET words = words_of(key, brand) WHERE key = ANY($1)",
             Parameters().Add(keys));
}

Status WritePictures(Connection& connection, std::span<const Product> products) {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> positions;
  std::vector<std::int64_t> widths;
  std::vector<std::int64_t> heights;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> times;
  std::vector<std::string> hashes;
  std::vector<std::string> paths;
  for (const Product& product : products) {
    std::int64_t position = 0;
    for (const Picture& picture : product.pictures) {
      ids.push_back(static_cast<std::int64_t>(picture.id));
      keys.push_back(static_cast<std::int64_t>(product.key));
      positions.push_back(position++);
      hashes.push_back(picture.hash);
      widths.push_back(picture.width);
      heights.push_back(picture.height);
      paths.push_back(picture.source.path);
      sizes.push_back(picture.source.size_bytes);
      times.push_back(picture.source.modified_ns);
    }
  }
  // The picture of an id never changes; where it stands and where it came from may.
  return Run(connection,
             "INSERT INTO pictures SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)"
             " ON CONFLICT(id) DO UPDATE SET position = excluded.position,"
             " source_path = excluded.source_path,"
             " source_size_bytes = excluded.source_size_bytes,"
             " source_modified_ns = excluded.source_modified_ns",
             Parameters()
                 .Add(ids)
                 .Add(keys)
                 .Add(positions)
                 .Add(hashes)
                 .Add(widths)
                 .Add(heights)
                 .Add(paths)
                 .Add(sizes)
                 .Add(times));
}

Status WriteLocalFeatures(Connection& connection, std::span<const Product> products) {
  std::vector<std::int64_t> pictures;
  std::vector<std::vector<std::byte>> records;
  for (const Product& product : products) {
    for (const Picture& picture : product.pictures) {
      if (picture.local_features.empty()) continue;
      pictures.push_back(static_cast<std::int64_t>(picture.id));
      records.push_back(picture.local_features);
    }
  }
  if (pictures.empty()) return {};
  return Run(connection,
             "INSERT INTO local_features SELECT * FROM unnest($1, $2)"
             " ON CONFLICT(picture) DO UPDATE SET record = excluded.record",
             Parameters().Add(pictures).Add(records));
}

}  // namespace

Result<std::vector<Product>> ReadProducts(Connection& connection,
                                          std::span<const std::string> ids) {
  static const std::string kSql = fmt::format(kSelectProducts, "$1::text[]", "id");
  return ReadAll(connection, kSql, Parameters().Add(std::vector(ids.begin(), ids.end())));
}

Result<std::vector<Product>> ReadProducts(Connection& connection,
                                          std::span<const ProductKey> keys) {
  static const std::string kSql = fmt::format(kSelectProducts, "$1::bigint[]", "key");
  return ReadAll(connection, kSql, Parameters().Add(AsInts(keys)));
}

Result<std::vector<StoredPicture>> ReadPictures(Connection& connection, PictureId first,
                                                std::int64_t limit) {
  const auto rows = connection.Run(
      "SELECT id, product, hash, width, height, source_path, source_size_bytes, source_modified_ns"
      " FROM pictures WHERE id >= $1 ORDER BY id LIMIT $2",
      Parameters().Add(static_cast<std::int64_t>(first)).Add(limit));
  if (!rows) return std::unexpected(rows.error());
  std::vector<StoredPicture> pictures;
  for (int row = 0; row < rows->size(); ++row)
    pictures.push_back({.picture = {.id = static_cast<PictureId>(rows->Int(row, 0)),
                                    .hash = rows->Text(row, 2),
                                    .width = static_cast<int>(rows->Int(row, 3)),
                                    .height = static_cast<int>(rows->Int(row, 4)),
                                    .source = {.path = rows->Text(row, 5),
                                               .size_bytes = rows->Int(row, 6),
                                               .modified_ns = rows->Int(row, 7)},
                                    .local_features = {}},
                        .product = static_cast<ProductKey>(rows->Int(row, 1))});
  return pictures;
}

Result<std::vector<std::vector<std::byte>>> ReadLocalFeatures(Connection& connection,
                                                              std::span<const PictureId> pictures) {
  const auto rows = connection.Run(
      "SELECT f.record FROM unnest($1) WITH ORDINALITY AS wanted(picture, place)"
      " LEFT JOIN local_features f ON f.picture = wanted.picture ORDER BY wanted.place",
      Parameters().Add(AsInts(pictures)));
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::vector<std::byte>> records;
  for (int row = 0; row < rows->size(); ++row) records.push_back(rows->Blob(row, 0));
  return records;
}

Result<std::vector<ProductKey>> FindByWords(Connection& connection, const std::string& words) {
  // Folded words have no sign that a tsquery would read; each is a prefix.
  const auto rows = connection.Run(
      "SELECT key FROM products WHERE words @@"
      " (SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery"
      " FROM unnest(folded_words($1)) word)",
      Parameters().Add(words));
  if (!rows) return std::unexpected(rows.error());
  std::vector<ProductKey> keys;
  for (int row = 0; row < rows->size(); ++row)
    keys.push_back(static_cast<ProductKey>(rows->Int(row, 0)));
  return keys;
}

Status WriteProducts(Connection& connection, std::int64_t number, KeyBlocks& keys,
                     std::span<Product> products, std::vector<PictureId>& removed) {
  std::vector<PictureId> gone;
  SNAPSHELF_RETURN_IF_ERROR(AssignKeys(connection, keys, products, gone));
  SNAPSHELF_RETURN_IF_ERROR(WriteFields(connection, number, products));
  SNAPSHELF_RETURN_IF_ERROR(WriteTitles(connection, products));
  SNAPSHELF_RETURN_IF_ERROR(WriteWords(connection, products));
  if (!gone.empty())
    SNAPSHELF_RETURN_IF_ERROR(
        Run(connection, "DELETE FROM pictures WHERE id = ANY($1)", Parameters().Add(AsInts(gone))));
  SNAPSHELF_RETURN_IF_ERROR(WritePictures(connection, products));
  SNAPSHELF_RETURN_IF_ERROR(WriteLocalFeatures(connection, products));
  removed.insert(removed.end(), gone.begin(), gone.end());
  return {};
}

Status DeleteProducts(Connection& connection, std::int64_t number,
                      std::span<const Product> products) {
  std::vector<std::int64_t> keys;
  for (const Product& product : products) keys.push_back(static_cast<std::int64_t>(product.key));
  SNAPSHELF_RETURN_IF_ERROR(
      Run(connection, "DELETE FROM products WHERE key = ANY($1)", Parameters().Add(keys)));
  return Run(connection, "INSERT INTO removals SELECT $1, unnest($2)",
             Parameters().Add(number).Add(keys));
}

}  // namespace snapshelf::postgres
