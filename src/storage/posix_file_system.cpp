#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "storage/file_system.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> FailErrno(std::string_view what, const fs::path& path, int error) {
  Code code = Code::kIoError;
  if (error == ENOENT) code = Code::kNotFound;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = Code::kResourceExhausted;
  return Fail(
      code, fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(error)));
}

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status WriteAll(int fd, const fs::path& path, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno("write", path, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status SyncFile(int fd, const fs::path& path) {
  if (::fsync(fd) != 0) return FailErrno("sync", path, errno);
  return {};
}

Result<std::vector<std::byte>> ReadUpTo(int fd, const fs::path& path, std::uint64_t offset,
                                        std::size_t size_bytes) {
  std::vector<std::byte> bytes(size_bytes);
  std::size_t done = 0;
  while (done < size_bytes) {
    const ssize_t got =
        ::pread(fd, bytes.data() + done, size_bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

class PosixReadableFile final : public ReadableFile {
 public:
  explicit PosixReadableFile(fs::path path) : path_(std::move(path)), file_(path_, O_RDONLY) {}

  [[nodiscard]] bool ok() const { return file_.ok(); }

  Result<std::vector<std::byte>> ReadAt(std::uint64_t offset, std::size_t size_bytes) override {
    return ReadUpTo(file_.get(), path_, offset, size_bytes);
  }
  Result<std::uint64_t> SizeBytes() override {
    struct stat info{};
    if (::fstat(file_.get(), &info) != 0) return FailErrno("stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  fs::path path_;
  Descriptor file_;
};

class PosixAppendFile final : public AppendFile {
 public:
  explicit PosixAppendFile(fs::path path)
      : path_(std::move(path)), file_(path_, O_WRONLY | O_CREAT | O_APPEND, 0644) {}

  [[nodiscard]] bool ok() const { return file_.ok(); }

  Status Append(std::span<const std::byte> bytes) override {
    SNAPSHELF_RETURN_IF_ERROR(WriteAll(file_.get(), path_, bytes));
    not_started_ += bytes.size();
    if (not_started_ < kWriteOutBytes) return {};
    not_started_ = 0;
    // Begins to write what was appended, after what was begun before is written: gigabytes that
    // wait for Sync would make everybody's reads wait too. Only advice.
    static_cast<void>(
        ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE));
    return {};
  }
  Status Sync() override {
    not_started_ = 0;
    // The length of the file is synced with its data; times may be lost.
    if (::fdatasync(file_.get()) != 0) return FailErrno("sync", path_, errno);
    return {};
  }
  Status Truncate(std::uint64_t size) override {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
      return FailErrno("truncate", path_, errno);
    return {};
  }

 private:
  static constexpr std::size_t kWriteOutBytes = std::size_t{8} << 20;

  fs::path path_;
  Descriptor file_;
  std::size_t not_started_ = 0;  // bytes that the system may still keep for itself
};

std::size_t PageBytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

class PosixMapping final : public MappedFile {
 public:
  /// `direct`: the file, opened to be read past the cache; or not open.
  PosixMapping(void* data, std::size_t size, std::unique_ptr<const Descriptor> direct)
      : data_(data), size_(size), direct_(std::move(direct)) {}
  ~PosixMapping() override {
    if (size_ > 0) ::munmap(data_, size_);
  }
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  [[nodiscard]] std::span<const std::byte> bytes() const override {
    return {static_cast<const std::byte*>(data_), size_};
  }
  void ReadAhead(std::span<const std::byte> part) const override { Advise(part, MADV_WILLNEED); }
  void CopyTo(std::span<const std::byte> part, std::byte* target) const override {
    std::size_t done = 0;
    while (done < part.size() && CanReadDirectly(part.subspan(done), target + done)) {
      const ssize_t read = ::pread(direct_->get(), target + done, part.size() - done,
                                   static_cast<off_t>(OffsetOf(part) + done));
      if (read < 0 && errno == EINTR) continue;
      if (read <= 0) break;  // a file system that cannot do it
      done += static_cast<std::size_t>(read);
    }
    std::ranges::copy(part.subspan(done), target + done);
  }

 private:
  [[nodiscard]] std::size_t OffsetOf(std::span<const std::byte> part) const {
    return static_cast<std::size_t>(part.data() - bytes().data());
  }
  [[nodiscard]] std::size_t FirstOfPage(std::span<const std::byte> part) const {
    return OffsetOf(part) / PageBytes() * PageBytes();
  }
  [[nodiscard]] bool CanReadDirectly(std::span<const std::byte> part,
                                     const std::byte* target) const {
    const std::size_t all = OffsetOf(part) | part.size() | reinterpret_cast<std::uintptr_t>(target);
    return direct_ != nullptr && direct_->ok() && all % kDirectBytes == 0;
  }
  /// For the pages that hold the part. It may fail, as advice may.
  void Advise(std::span<const std::byte> part, int advice) const {
    if (part.empty()) return;
    const std::size_t first = FirstOfPage(part);
    static_cast<void>(::madvise(static_cast<std::byte*>(data_) + first,
                                OffsetOf(part) - first + part.size(), advice));
  }

  void* data_;
  std::size_t size_;
  std::unique_ptr<const Descriptor> direct_;
};

class Posix final : public FileSystem {
 public:
  Result<std::vector<std::byte>> Read(const fs::path& path) override {
    const auto size = SizeBytes(path);
    if (!size) return std::unexpected(size.error());
    return ReadAt(path, 0, *size);
  }

  Result<std::vector<std::byte>> ReadAt(const fs::path& path, std::uint64_t offset,
                                        std::size_t size_bytes) override {
    const Descriptor file(path, O_RDONLY);
    if (!file.ok()) return FailErrno("open", path, errno);
    return ReadUpTo(file.get(), path, offset, size_bytes);
  }

  Result<std::unique_ptr<ReadableFile>> OpenRead(const fs::path& path) override {
    auto file = std::make_unique<PosixReadableFile>(path);
    if (!file->ok()) return FailErrno("open", path, errno);
    return file;
  }

  Result<std::shared_ptr<const MappedFile>> Map(const fs::path& path, MapUse use) override {
    const Descriptor file(path, O_RDONLY);
    if (!file.ok()) return FailErrno("open", path, errno);
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) return FailErrno("stat", path, errno);
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) return std::make_shared<const PosixMapping>(nullptr, 0, nullptr);
    void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) return FailErrno("map", path, errno);
    // Advice, so that it may fail.
    static_cast<void>(
        ::madvise(data, size, use == MapUse::kRandom ? MADV_RANDOM : MADV_SEQUENTIAL));
    return std::make_shared<const PosixMapping>(
        data, size,
        use == MapUse::kWhole ? std::make_unique<const Descriptor>(path, O_RDONLY | O_DIRECT)
                              : nullptr);
  }

  Result<std::uint64_t> SizeBytes(const fs::path& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return FailErrno("stat", path, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<std::unique_ptr<AppendFile>> OpenAppend(const fs::path& path) override {
    auto file = std::make_unique<PosixAppendFile>(path);
    if (!file->ok()) return FailErrno("open for appending", path, errno);
    return file;
  }

  Status WriteAtomically(const fs::path& path, std::span<const std::byte> bytes,
                         bool sync) override {
    // A name of its own for each call: two threads may write the same content-named file.
    static std::atomic<std::uint64_t> counter{0};
    const fs::path temporary =
        path.string() + fmt::format(".tmp.{}.{}", ::getpid(), counter.fetch_add(1));
    Status status = WriteNew(temporary, bytes, sync);
    if (status) status = Rename(temporary, path);
    if (!status) {
      ::unlink(temporary.c_str());
      return status;
    }
    return sync ? SyncDirectory(path.parent_path()) : Status{};
  }

  Status Remove(const fs::path& path) override {
    if (::unlink(path.c_str()) != 0) return FailErrno("remove", path, errno);
    return {};
  }

  Status Rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return FailErrno("rename to", to, errno);
    return {};
  }

  Status CreateDirectories(const fs::path& path) override {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return FailErrno("create folder", path, error.value());
    return {};
  }

  Result<bool> Exists(const fs::path& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return FailErrno("stat", path, errno);
  }

  Status SyncDirectory(const fs::path& path) override {
    const fs::path folder = path.empty() ? fs::path(".") : path;
    const Descriptor directory(folder, O_RDONLY | O_DIRECTORY);
    if (!directory.ok()) return FailErrno("open folder", folder, errno);
    return SyncFile(directory.get(), folder);
  }

  Status SyncAll(const fs::path& path) override {
    const Descriptor file(path, O_RDONLY);
    if (!file.ok()) return FailErrno("open", path, errno);
    if (::syncfs(file.get()) != 0) return FailErrno("sync file system of", path, errno);
    return {};
  }

 private:
  static Status WriteNew(const fs::path& path, std::span<const std::byte> bytes, bool sync) {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!file.ok()) return FailErrno("create", path, errno);
    SNAPSHELF_RETURN_IF_ERROR(WriteAll(file.get(), path, bytes));
    return sync ? SyncFile(file.get(), path) : Status{};
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static Posix file_system;
  return file_system;
}

}  // namespace snapshelf
