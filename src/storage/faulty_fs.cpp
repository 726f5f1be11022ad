#include "storage/faulty_fs.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

/// A copy, aligned as a mapping is.
class CopiedFile final : public MappedFile {
 public:
  explicit CopiedFile(const Bytes& bytes)
      : size_(bytes.size()), pages_((size_ + sizeof(Page) - 1) / sizeof(Page)) {
    if (size_ > 0) std::memcpy(pages_.data(), bytes.data(), size_);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const override {
    return std::as_bytes(std::span(pages_)).first(size_);
  }

 private:
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  std::size_t size_;
  std::vector<Page> pages_;
};

struct Contents {
  Bytes now;
  Bytes synced;
};
using Names = std::map<fs::path, std::shared_ptr<Contents>>;

Bytes Part(const Bytes& bytes, std::uint64_t offset, std::size_t size_bytes) {
  const std::size_t start = std::min<std::size_t>(offset, bytes.size());
  const std::size_t end = start + std::min(size_bytes, bytes.size() - start);
  return {bytes.begin() + static_cast<std::ptrdiff_t>(start),
          bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::unexpected<Error> Missing(const fs::path& path) {
  return Fail(Code::kNotFound, path.string() + ": no such file");
}

std::unexpected<Error> Injected(const fs::path& path) {
  return Fail(Code::kIoError, path.string() + ": injected failure");
}

}  // namespace

struct FaultyFs::State {
  mutable std::mutex mutex;
  Names names;
  Names synced_names;
  std::set<fs::path> folders = {"/"};
  std::set<fs::path> synced_folders = {"/"};
  std::optional<std::uint64_t> calls_to_failure;
  bool fails_on = false;  // every call after the first failure
  bool failed = false;
  std::optional<std::uint64_t> capacity_bytes;

  /// True if this call is to fail.
  bool Strikes() {
    if (failed && fails_on) return true;
    if (!calls_to_failure) return false;
    if (*calls_to_failure > 0) {
      --*calls_to_failure;
      return false;
    }
    calls_to_failure.reset();
    failed = true;
    return true;
  }

  [[nodiscard]] std::uint64_t UsedBytes() const {
    std::uint64_t used = 0;
    for (const auto& [path, contents] : names) used += contents->now.size();
    return used;
  }

  Status Append(Contents& contents, const fs::path& path, std::span<const std::byte> bytes) {
    const bool already_failed = failed && fails_on;
    if (Strikes()) {
      const std::size_t written = already_failed ? 0 : bytes.size() / 2;
      contents.now.insert(contents.now.end(), bytes.begin(), bytes.begin() + written);
      return Injected(path);
    }
    std::size_t fits = bytes.size();
    if (capacity_bytes) {
      const std::uint64_t used = UsedBytes();
      fits = std::min<std::uint64_t>(fits, *capacity_bytes - std::min(used, *capacity_bytes));
    }
    contents.now.insert(contents.now.end(), bytes.begin(), bytes.begin() + fits);
    if (fits < bytes.size())
      return Fail(Code::kResourceExhausted, path.string() + ": no space left");
    return {};
  }

  [[nodiscard]] bool FolderExists(const fs::path& path) const { return folders.contains(path); }

  /// Takes over the names of files and folders directly in `folder`.
  void SyncNamesIn(const fs::path& folder) {
    std::erase_if(synced_names, [&](const auto& n) { return n.first.parent_path() == folder; });
    for (const auto& [path, contents] : names)
      if (path.parent_path() == folder) synced_names[path] = contents;
    for (const auto& path : folders)
      if (path.parent_path() == folder) synced_folders.insert(path);
  }

  /// A file whose folder, or one around it, is not on the disk cannot be reached.
  void ForgetUnreachable() {
    const auto unreachable = [&](const fs::path& path) {
      for (fs::path folder = path.parent_path(); folder != "/"; folder = folder.parent_path())
        if (!folders.contains(folder)) return true;
      return false;
    };
    std::erase_if(folders, unreachable);
    std::erase_if(names, [&](const auto& name) { return unreachable(name.first); });
  }
};

class FaultyFs::File final : public AppendFile {
 public:
  File(State& state, fs::path path, std::shared_ptr<Contents> contents)
      : state_(state), path_(std::move(path)), contents_(std::move(contents)) {}

  Status Append(std::span<const std::byte> bytes) override {
    const std::scoped_lock lock(state_.mutex);
    return state_.Append(*contents_, path_, bytes);
  }
  Status Sync() override {
    const std::scoped_lock lock(state_.mutex);
    if (state_.Strikes()) return Injected(path_);
    contents_->synced = contents_->now;
    return {};
  }
  Status Truncate(std::uint64_t size) override {
    const std::scoped_lock lock(state_.mutex);
    if (state_.Strikes()) return Injected(path_);
    contents_->now.resize(size);
    return {};
  }

 private:
  State& state_;
  fs::path path_;
  std::shared_ptr<Contents> contents_;
};

class FaultyFs::Reader final : public ReadableFile {
 public:
  Reader(State& state, std::shared_ptr<Contents> contents)
      : state_(state), contents_(std::move(contents)) {}

  Result<Bytes> ReadAt(std::uint64_t offset, std::size_t size_bytes) override {
    const std::scoped_lock lock(state_.mutex);
    return Part(contents_->now, offset, size_bytes);
  }
  Result<std::uint64_t> SizeBytes() override {
    const std::scoped_lock lock(state_.mutex);
    return contents_->now.size();
  }

 private:
  State& state_;
  std::shared_ptr<Contents> contents_;
};

FaultyFs::FaultyFs() : state_(std::make_unique<State>()) {}
FaultyFs::~FaultyFs() = default;

void FaultyFs::FailFrom(std::uint64_t n) {
  const std::scoped_lock lock(state_->mutex);
  state_->calls_to_failure = n;
  state_->fails_on = true;
  state_->failed = false;
}

void FaultyFs::FailOnce(std::uint64_t n) {
  FailFrom(n);
  const std::scoped_lock lock(state_->mutex);
  state_->fails_on = false;
}

bool FaultyFs::failed() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->failed;
}

void FaultyFs::SetCapacity(std::optional<std::uint64_t> bytes) {
  const std::scoped_lock lock(state_->mutex);
  state_->capacity_bytes = bytes;
}

void FaultyFs::FlipBit(const fs::path& path, std::uint64_t byte, int bit) {
  const std::scoped_lock lock(state_->mutex);
  SNAPSHELF_CHECK(state_->names.contains(path));
  Contents& contents = *state_->names[path];
  SNAPSHELF_CHECK(byte < contents.now.size() && byte < contents.synced.size());
  contents.now[byte] ^= std::byte{1} << bit;
  contents.synced[byte] ^= std::byte{1} << bit;
}

void FaultyFs::CutPower(PowerLoss loss) {
  const std::scoped_lock lock(state_->mutex);
  state_->calls_to_failure.reset();
  state_->failed = state_->fails_on = false;
  if (loss == PowerLoss::kAll) return;
  state_->names = state_->synced_names;
  state_->folders = state_->synced_folders;
  state_->ForgetUnreachable();
  for (auto& [path, contents] : state_->names) {
    const std::size_t kept = contents->synced.size();
    if (loss == PowerLoss::kHalf && contents->now.size() > kept)
      contents->now.resize(kept + (contents->now.size() - kept) / 2);
    else
      contents->now = contents->synced;
    contents->synced = contents->now;
  }
}

Result<Bytes> FaultyFs::Read(const fs::path& path) {
  const auto size = SizeBytes(path);
  if (!size) return std::unexpected(size.error());
  return ReadAt(path, 0, *size);
}

Result<Bytes> FaultyFs::ReadAt(const fs::path& path, std::uint64_t offset, std::size_t size_bytes) {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->names.find(path);
  if (found == state_->names.end()) return Missing(path);
  return Part(found->second->now, offset, size_bytes);
}

Result<std::unique_ptr<ReadableFile>> FaultyFs::OpenRead(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->names.find(path);
  if (found == state_->names.end()) return Missing(path);
  return std::make_unique<Reader>(*state_, found->second);
}

Result<std::shared_ptr<const MappedFile>> FaultyFs::Map(const fs::path& path, MapUse /*use*/) {
  auto bytes = Read(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  return std::make_shared<const CopiedFile>(*bytes);
}

Result<std::uint64_t> FaultyFs::SizeBytes(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->names.find(path);
  if (found == state_->names.end()) return Missing(path);
  return found->second->now.size();
}

Result<std::unique_ptr<AppendFile>> FaultyFs::OpenAppend(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  auto found = state_->names.find(path);
  if (found == state_->names.end()) {
    if (state_->Strikes()) return Injected(path);
    if (!state_->FolderExists(path.parent_path())) return Missing(path);
    found = state_->names.emplace(path, std::make_shared<Contents>()).first;
  }
  return std::make_unique<File>(*state_, path, found->second);
}

Status FaultyFs::WriteAtomically(const fs::path& path, std::span<const std::byte> bytes,
                                 bool sync) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->FolderExists(path.parent_path())) return Missing(path);
  const auto contents = std::make_shared<Contents>();
  SNAPSHELF_RETURN_IF_ERROR(state_->Append(*contents, path, bytes));
  state_->names[path] = contents;
  if (!sync) return {};
  contents->synced = contents->now;
  state_->SyncNamesIn(path.parent_path());
  return {};
}

Status FaultyFs::Remove(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->names.contains(path)) return Missing(path);
  if (state_->Strikes()) return Injected(path);
  state_->names.erase(path);
  return {};
}

Status FaultyFs::Rename(const fs::path& from, const fs::path& to) {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->names.find(from);
  if (found == state_->names.end()) return Missing(from);
  if (state_->Strikes()) return Injected(from);
  state_->names[to] = found->second;
  state_->names.erase(from);
  return {};
}

Status FaultyFs::CreateDirectories(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->FolderExists(path)) return {};
  if (state_->Strikes()) return Injected(path);
  for (fs::path folder = path; folder != "/"; folder = folder.parent_path())
    state_->folders.insert(folder);
  return {};
}

Result<bool> FaultyFs::Exists(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  return state_->names.contains(path) || state_->FolderExists(path);
}

Status FaultyFs::SyncDirectory(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->FolderExists(path)) return Missing(path);
  if (state_->Strikes()) return Injected(path);
  state_->SyncNamesIn(path);
  return {};
}

Status FaultyFs::SyncAll(const fs::path& path) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->Strikes()) return Injected(path);
  for (auto& [name, contents] : state_->names) contents->synced = contents->now;
  state_->synced_names = state_->names;
  state_->synced_folders = state_->folders;
  return {};
}

}  // namespace snapshelf
