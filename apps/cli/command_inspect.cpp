#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/store.h"

namespace snapshelf {
namespace {

std::uint64_t BytesBelow(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return std::filesystem::file_size(path, error);
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error))
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  return bytes;
}

std::string HumanBytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMega = 1'000'000;
  return bytes < kMega ? fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3)
                       : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

struct Sizes {
  std::uint64_t products;
  std::uint64_t pictures;
  std::uint64_t vectors;
};

void PrintJson(const ProductCounts& counts, const IndexStats& index, const Generation& generation,
               const Sizes& sizes) {
  const nlohmann::ordered_json json = {
      {"products", counts.products},
      {"pictures", counts.pictures},
      {"vectors", index.vectors},
      {"index", index.kind},
      {"index_memory_bytes", index.memory_bytes},
      {"generation", generation.number},
      {"detection_model", generation.detector.id},
      {"embedding_model", generation.embedder.id},
      {"bytes",
       {{"products", sizes.products}, {"pictures", sizes.pictures}, {"vectors", sizes.vectors}}},
      {"categories", counts.by_category}};
  fmt::print("{}\n", json.dump());
}

void PrintText(const ProductCounts& counts, const IndexStats& index, const Generation& generation,
               const Sizes& sizes) {
  fmt::print("products  {:>9}   {}\n", counts.products, HumanBytes(sizes.products));
  fmt::print("pictures  {:>9}   {}\n", counts.pictures, HumanBytes(sizes.pictures));
  fmt::print("vectors   {:>9}   {} on disk, {} in memory ({} search)\n", index.vectors,
             HumanBytes(sizes.vectors), HumanBytes(index.memory_bytes), index.kind);
  fmt::print("embedder  {}\n", generation.embedder.id);
  fmt::print("detector  {}\n",
             generation.detector.id.empty() ? "(not recorded)" : generation.detector.id);
  fmt::print("\ncategories\n");
  for (const auto& [category, count] : counts.by_category)
    fmt::print("  {:>7}  {}\n", count, category.empty() ? "(none)" : category);
}

Status Inspect(const CommonOptions& common, bool json) {
  const auto store = Store::Open(common.data, Access::kRead, common.config);
  if (!store) return std::unexpected(store.error());
  const auto counts = (*store)->products().Counts();
  if (!counts) return std::unexpected(counts.error());
  const Generation& generation = (*store)->generation();
  Metrics metrics;
  const auto vectors = (*store)->OpenVectors(generation, common.vectors, metrics);
  if (!vectors) return std::unexpected(vectors.error());
  const IndexStats index = (*vectors)->stats();
  const Sizes sizes{.products = BytesBelow(common.data / "products.db") +
                                BytesBelow(common.data / "products.db-wal"),
                    .pictures = BytesBelow(common.data / "pictures"),
                    .vectors = BytesBelow(common.data / "vectors")};
  json ? PrintJson(*counts, index, generation, sizes)
       : PrintText(*counts, index, generation, sizes);
  return {};
}

}  // namespace

void AddInspect(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command = app.add_subcommand(
      "inspect", "Tell what is in the store: products, pictures, vectors, sizes");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print as JSON");
  command->footer("Example:\n  snapshelf inspect --data my-shop");
  command->callback(
      [&common, json, &action] { action = [&common, json] { return Inspect(common, *json); }; });
}

}  // namespace snapshelf
