#include "storage/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

constexpr int kStoreFormat = 1;
constexpr std::string_view kStorePrefix = R"({"format":)";
constexpr std::string_view kStoreSuffix = "}\n";

std::unexpected<Error> FailErrno(std::string_view what, const fs::path& path, int error) {
  const Code code = error == ENOSPC || error == EDQUOT ? Code::kResourceExhausted : Code::kIoError;
  return Fail(
      code, fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(error)));
}

/// Digits at the start of `text`; negative if there are none.
std::pair<long, std::string_view> TakeNumber(std::string_view text) {
  long value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return {-1, text};
  return {value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

Status CheckFormat(const fs::path& store) {
  const auto bytes = PosixFileSystem().Read(store);
  if (!bytes) return std::unexpected(bytes.error());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (text.starts_with(kStorePrefix)) {
    const auto [format, rest] = TakeNumber(text.substr(kStorePrefix.size()));
    if (format > kStoreFormat)
      return Fail(Code::kUnimplemented,
                  fmt::format("{}: the store has format {}, this program knows {}; use a newer "
                              "snapshelf",
                              store.string(), format, kStoreFormat));
    if (format == kStoreFormat && (rest == kStoreSuffix || rest == "}")) return {};
  }
  return Fail(Code::kCorruption,
              fmt::format("{}: unreadable, expected {}{}{}", store.string(), kStorePrefix,
                          kStoreFormat, kStoreSuffix.substr(0, 1)));
}

/// A folder may become a store if it holds nothing but what an interrupted creation or a fresh file
/// system leaves there.
Status CheckNothingElseThere(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name != "LOCK" && name != "lost+found" && !name.starts_with("STORE.tmp."))
      return Fail(Code::kInvalidArgument,
                  fmt::format("{}: holds other things ({}) and no store; name an empty or new "
                              "folder",
                              folder.string(), name));
  }
  if (error) return FailErrno("read folder", folder, error.value());
  return {};
}

std::string HolderOf(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock, text.data(), text.size() - 1, 0);
  const long pid = TakeNumber(std::string_view(text.data(), size > 0 ? size : 0)).first;
  return pid > 0 ? fmt::format("process {}", pid) : "another process that reads it";
}

}  // namespace

struct DataFolder::Impl {
  fs::path path;
  Access access = Access::kRead;
  int lock = -1;

  ~Impl() {
    if (lock < 0) return;
    // The pid goes first: whoever finds the lock taken by a reader must not name a dead writer.
    if (access == Access::kWrite && ::ftruncate(lock, 0) != 0) errno = 0;
    ::close(lock);
  }

  Status Lock() {
    const fs::path file = path / "LOCK";
    lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0 && access == Access::kRead) lock = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (lock < 0) return FailErrno("open", file, errno);
    if (::flock(lock, (access == Access::kWrite ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return FailErrno("lock", file, errno);
      if (access == Access::kRead) {
        ::close(std::exchange(lock, -1));
        return {};
      }
      const std::string holder = HolderOf(lock);
      ::close(std::exchange(lock, -1));
      return Fail(Code::kAlreadyExists,
                  fmt::format("{} is in use by {}; stop it first", path.string(), holder));
    }
    return WritePid(file);
  }

  Status WritePid(const fs::path& file) const {
    // Readers take away what a killed writer left; a file system that is read-only keeps it.
    if (::ftruncate(lock, 0) != 0 && access == Access::kWrite)
      return FailErrno("truncate", file, errno);
    if (access == Access::kRead) return {};
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
      return FailErrno("write", file, errno);
    return {};
  }
};

DataFolder::DataFolder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DataFolder::~DataFolder() = default;

const fs::path& DataFolder::path() const {
  return impl_->path;
}

bool DataFolder::has_writer() const {
  return impl_->lock < 0;
}

Result<std::unique_ptr<DataFolder>> DataFolder::Open(const fs::path& path, Access access) {
  FileSystem& files = PosixFileSystem();
  const fs::path store = path / "STORE";
  const auto known = files.Exists(store);
  if (!known) return std::unexpected(known.error());
  if (!*known) {
    if (access == Access::kRead)
      return Fail(Code::kNotFound,
                  fmt::format("{}: no store there; import something first", path.string()));
    SNAPSHELF_RETURN_IF_ERROR(files.CreateDirectories(path));
    SNAPSHELF_RETURN_IF_ERROR(CheckNothingElseThere(path));
  }

  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->access = access;
  SNAPSHELF_RETURN_IF_ERROR(impl->Lock());

  // Asked again under the lock: another process may just have made the store.
  const auto exists = files.Exists(store);
  if (!exists) return std::unexpected(exists.error());
  if (!*exists) {
    const std::string text = fmt::format("{}{}{}", kStorePrefix, kStoreFormat, kStoreSuffix);
    SNAPSHELF_RETURN_IF_ERROR(files.WriteAtomically(
        store, std::as_bytes(std::span(text.data(), text.size())), /*sync=*/true));
  }
  SNAPSHELF_RETURN_IF_ERROR(CheckFormat(store));
  return std::unique_ptr<DataFolder>(new DataFolder(std::move(impl)));
}

}  // namespace snapshelf
