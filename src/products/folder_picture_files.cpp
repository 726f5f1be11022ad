#include "products/folder_picture_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/sha256.h"

namespace snapshelf {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kFolderDigits = 2;  // 256 folders: some 100,000 files each at 30 M pictures

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

FolderPictureFiles::FolderPictureFiles(FileSystem& file_system, std::filesystem::path folder)
    : file_system_(file_system), folder_(std::move(folder)) {}

std::filesystem::path FolderPictureFiles::PathOf(const std::string& hash) const {
  SNAPSHELF_CHECK(hash.size() == kHashDigits && IsHex(hash));
  return folder_ / hash.substr(0, kFolderDigits) / hash.substr(kFolderDigits);
}

Status FolderPictureFiles::Put(const std::string& hash, std::span<const std::byte> bytes) {
  SNAPSHELF_CHECK(Sha256Hex(bytes) == hash);
  const std::filesystem::path path = PathOf(hash);
  // A file that a power cut left damaged is written again; only a sound one is kept.
  if (Contains(hash) && Get(hash)) return {};
  SNAPSHELF_RETURN_IF_ERROR(file_system_.CreateDirectories(path.parent_path()));
  return file_system_.WriteAtomically(path, bytes, /*sync=*/false);
}

Status FolderPictureFiles::Sync() {
  return file_system_.SyncAll(folder_);
}

Result<std::vector<std::byte>> FolderPictureFiles::Get(const std::string& hash) const {
  const std::filesystem::path path = PathOf(hash);
  auto bytes = file_system_.Read(path);
  if (!bytes) return bytes;
  if (Sha256Hex(*bytes) != hash)
    return Fail(Code::kCorruption,
                fmt::format("picture file {}: its content has changed; import the picture again",
                            path.string()));
  return bytes;
}

Status FolderPictureFiles::Remove(const std::string& hash) {
  return file_system_.Remove(PathOf(hash));
}

bool FolderPictureFiles::Contains(const std::string& hash) const {
  return file_system_.Exists(PathOf(hash)).value_or(false);
}

Status FolderPictureFiles::ForEach(
    const std::function<void(const std::string&, std::uint64_t)>& visit) const {
  std::error_code error;
  if (!std::filesystem::exists(folder_, error)) return {};
  std::filesystem::recursive_directory_iterator entry(folder_, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && entry != end;
       entry.increment(error)) {
    const std::string hash =
        entry->path().parent_path().filename().string() + entry->path().filename().string();
    // Others are temporary files of a write that was cut off.
    if (hash.size() != kHashDigits || !IsHex(hash)) continue;
    std::error_code size_error;  // a file that was removed meanwhile is none
    const std::uintmax_t size_bytes = entry->file_size(size_error);
    if (!size_error) visit(hash, size_bytes);
  }
  if (error)
    return Fail(Code::kIoError,
                fmt::format("picture folder {}: {}", folder_.string(), error.message()));
  return {};
}

}  // namespace snapshelf
