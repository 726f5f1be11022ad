#include "cli/store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <unordered_set>
#include <vector>

#include "base/check.h"
#include "cli/open_vectors.h"
#include "embed/embedder.h"
#include "pipeline/shop.h"
#include "products/folder_picture_files.h"
#include "products/postgres/postgres_catalog.h"
#include "products/sqlite/sqlite_product_store.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

// The name is older than generations; a program of that time refuses what stands there now.
constexpr const char* kCurrentSetting = "embedding_model";
constexpr const char* kNextSetting = "next_generation";
// Of products in a database: the machine and folder of their vectors.
constexpr const char* kVectorsSetting = "vectors_at";

/// The number that a folder of vectors is named by; 0 for another name.
int NumberOf(const std::string& name) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const fs::path& data, Access access,
                                           const Config& config) {
  std::unique_ptr<Store> store(new Store());
  auto folder = DataFolder::Open(data, access);
  if (!folder) return std::unexpected(std::move(folder).error());
  store->access_ = access;
  store->config_ = config;
  store->folder_ = std::move(*folder);
  SNAPSHELF_RETURN_IF_ERROR(store->OpenProducts());
  store->rates_ = std::make_unique<RatesBook>(*store->products_);

  const auto generation = store->ReadCurrent();
  if (!generation) return Annotate(data.string(), generation.error());
  store->Follow(*generation);
  if (access == Access::kWrite) SNAPSHELF_RETURN_IF_ERROR(store->RemoveOtherVectors());
  return store;
}

Status Store::OpenProducts() {
  const bool create = access_ == Access::kWrite;
  if (config_.products == Config::Products::kPostgres) {
    auto catalog = OpenPostgresCatalog(config_.postgres, create);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    products_ = std::move(catalog->products);
    pictures_ = std::move(catalog->pictures);
    if (config_.vectors == Config::Vectors::kEmbedded) return CheckVectorsAreHere();
    return {};
  }
  auto products = OpenSqliteProductStore(path() / "products.db", create);
  if (!products) return std::unexpected(std::move(products).error());
  products_ = std::move(*products);
  pictures_ = std::make_unique<FolderPictureFiles>(PosixFileSystem(), path() / "pictures");
  return {};
}

/// Vectors in a data folder serve one server: what another one writes to the database has no
/// vectors here.
Status Store::CheckVectorsAreHere() {
  std::error_code error;
  const std::string here = fmt::format("{}:{}", HostName(), fs::canonical(path(), error).string());
  const auto recorded = products_->GetSetting(kVectorsSetting);
  if (!recorded) return std::unexpected(recorded.error());
  if (*recorded == here) return {};
  if (recorded->empty() && access_ == Access::kRead) return {};
  if (recorded->empty()) {
    // Of two that come first at the same time, one becomes the owner.
    const auto lock = products_->LockWriters();
    if (!lock) return std::unexpected(lock.error());
    const auto still = products_->GetSetting(kVectorsSetting);
    if (!still) return std::unexpected(still.error());
    if (still->empty()) return products_->SetSetting(kVectorsSetting, here);
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("the vectors of this catalog lie in {}, not in {}: one catalog has one "
                          "folder of vectors; docs/operations.md says how to move it",
                          products_->GetSetting(kVectorsSetting).value_or(""), here));
}

Status Store::SetGeneration(const Generation& generation) {
  SNAPSHELF_RETURN_IF_ERROR(products_->SetSetting(kCurrentSetting, WriteGeneration(generation)));
  Follow(generation);
  return {};
}

Result<Generation> Store::ReadCurrent() const {
  const auto recorded = products_->GetSetting(kCurrentSetting);
  if (!recorded) return std::unexpected(recorded.error());
  return ReadGeneration(*recorded);
}

Status Store::CheckIsCurrent(int number) const {
  const auto current = ReadCurrent();
  if (!current) return std::unexpected(current.error());
  if (current->number == number) return {};
  return Fail(Code::kUnavailable,
              fmt::format("another server has given the catalog other models (generation {}; here "
                          "it is still {}), which are loaded now; try again in a few seconds",
                          current->number, number));
}

void Store::Follow(const Generation& recorded) {
  const std::scoped_lock lock(generation_mutex_);
  generation_ = recorded;
}

Result<Generation> Store::ReadNext() const {
  const auto recorded = products_->GetSetting(kNextSetting);
  if (!recorded) return std::unexpected(recorded.error());
  return ReadGeneration(*recorded);
}

Result<Generation> Store::BeginNext(const Generation& wanted) {
  Generation next = wanted;
  const int current = generation().number;
  next.number = current + 1;
  // What it would throw away below may be what another server has made the current one.
  SNAPSHELF_RETURN_IF_ERROR(CheckIsCurrent(current));
  const auto begun = ReadNext();
  if (!begun) return std::unexpected(begun.error());
  if (begun->number == next.number && begun->HasModelsOf(next)) return next;
  SNAPSHELF_RETURN_IF_ERROR(RemoveVectors(next.number));
  SNAPSHELF_RETURN_IF_ERROR(products_->SetSetting(kNextSetting, WriteGeneration(next)));
  return next;
}

Status Store::DropNext() {
  SNAPSHELF_RETURN_IF_ERROR(products_->SetSetting(kNextSetting, ""));
  return RemoveOtherVectors();
}

Status Store::RemoveOtherVectors() {
  const auto next = ReadNext();
  if (!next) return std::unexpected(next.error());
  std::vector<int> others;
  const int current = generation().number;
  // Servers that share the vectors go on with the previous generation until they have loaded the
  // models of this one.
  if (config_.vectors == Config::Vectors::kMilvus) {
    if (current > 2) others.push_back(current - 2);
  } else if (current != 1) {
    others.push_back(1);
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path() / "vectors", error)) {
    const int number = NumberOf(entry.path().filename().string());
    if (number > 1 && number != current && number != next->number) others.push_back(number);
  }
  for (const int number : others) SNAPSHELF_RETURN_IF_ERROR(RemoveVectors(number));
  return {};
}

fs::path Store::VectorsOf(int number) const {
  const fs::path vectors = path() / "vectors";
  return number == 1 ? vectors : vectors / fmt::to_string(number);
}

Status Store::RemoveVectors(int number) {
  if (config_.vectors == Config::Vectors::kMilvus) return DropMilvusVectors(config_.milvus, number);
  const fs::path folder = VectorsOf(number);
  std::error_code error;
  // The first generation lies beside the folders of the later ones.
  if (number == 1) {
    for (const char* const name : {"vectors.log", "vectors.log.new"})
      if (!error) fs::remove(folder / name, error);
    if (!error) fs::remove_all(folder / "sealed", error);
  } else {
    fs::remove_all(folder, error);
  }
  if (!error) return {};
  return Fail(Code::kIoError,
              fmt::format("remove old vectors in {}: {}", folder.string(), error.message()));
}

EmbeddedOptions Store::OptionsOf(const Generation& generation, const VectorOptions& options) const {
  EmbeddedOptions embedded{.dim = kEmbeddingDim,
                           .metric = Metric::kCosine,
                           .kind = options.kind,
                           .model_id = generation.embedder.id,
                           .read_only = access_ == Access::kRead,
                           .window = options.window,
                           .reach = options.reach};
  if (options.memory_gb > 0)
    embedded.memory_bytes = static_cast<std::uint64_t>(options.memory_gb * 1e9);
  return embedded;
}

Result<std::unique_ptr<VectorIndex>> Store::OpenVectors(const Generation& generation,
                                                        const VectorOptions& options,
                                                        Metrics& metrics) {
  return snapshelf::OpenVectors(config_, generation, VectorsOf(generation.number),
                                OptionsOf(generation, options), metrics);
}

Result<Store::VectorRepair> Store::RepairVectors() {
  if (config_.vectors == Config::Vectors::kMilvus) {
    Metrics metrics;
    const auto index = OpenVectors(generation(), {}, metrics);
    if (!index) return std::unexpected(index.error());
    const auto without_vectors = CountWithoutVectors(**index);
    if (!without_vectors) return std::unexpected(without_vectors.error());
    return VectorRepair{.pictures_without_vectors = *without_vectors};
  }
  const Generation current = generation();
  EmbeddedOptions options = OptionsOf(current, {});
  options.check_vectors = true;
  const auto opened = EmbeddedIndex::Open(PosixFileSystem(), VectorsOf(current.number), options);
  if (!opened) return std::unexpected(opened.error());
  EmbeddedIndex& index = **opened;
  VectorRepair repair{.vectors_lost = index.stats().lost};
  // A picture has all of its vectors or none, so that those without can be found by any program.
  std::vector<VectorId> incomplete;
  for (const VectorId id : index.LostAndBeside())
    for (int slot = 0; slot < kVectorsPerPicture; ++slot)
      incomplete.push_back(VectorIdOf(PictureOf(id), slot));
  if (!incomplete.empty()) SNAPSHELF_RETURN_IF_ERROR(index.Remove(incomplete));
  SNAPSHELF_RETURN_IF_ERROR(index.Repair());
  const auto without_vectors = CountWithoutVectors(index);
  if (!without_vectors) return std::unexpected(without_vectors.error());
  repair.pictures_without_vectors = *without_vectors;
  return repair;
}

Result<std::size_t> Store::CountWithoutVectors(const VectorIndex& index) const {
  std::unordered_set<PictureId> without_vectors;
  SNAPSHELF_RETURN_IF_ERROR(products_->ForEachPicture(
      [&](const StoredPicture& stored) { without_vectors.insert(stored.picture.id); }));
  SNAPSHELF_RETURN_IF_ERROR(index.ForEachName(
      [&](VectorId id, GroupId /*product*/) { without_vectors.erase(PictureOf(id)); }));
  return without_vectors.size();
}

}  // namespace snapshelf
