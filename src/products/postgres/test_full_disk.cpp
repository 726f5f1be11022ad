// Loaded before the C library into the test's PostgreSQL: while the file disk_is_full lies beside
// its data folder, files of tables cannot grow, as on a full disk. (Its log lies elsewhere, as it
// should: PostgreSQL ends at once if that one is full.)
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace {

bool IsRefused(int file, off_t end) {
  if (access("../disk_is_full", F_OK) != 0) return false;
  std::array<char, 4096> name{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  if (readlink(link.c_str(), name.data(), name.size() - 1) <= 0) return false;
  struct stat now = {};
  return std::strstr(name.data(), "/base/") != nullptr && fstat(file, &now) == 0 &&
         end > now.st_size;
}

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

off_t SizeOf(const iovec* parts, int count) {
  off_t size = 0;
  for (int i = 0; i < count; ++i) size += static_cast<off_t>(parts[i].iov_len);
  return size;
}

ssize_t Refuse() {
  errno = ENOSPC;
  return -1;
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (IsRefused(file, at + static_cast<off_t>(size))) return Refuse();
  return Next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(file, bytes, size, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  return pwrite(file, bytes, size, at);
}

ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  if (IsRefused(file, at + SizeOf(parts, count))) return Refuse();
  return Next<ssize_t(int, const iovec*, int, off_t)>("pwritev")(file, parts, count, at);
}

ssize_t pwritev64(int file, const iovec* parts, int count, off64_t at) {
  return pwritev(file, parts, count, at);
}

int posix_fallocate(int file, off_t at, off_t size) {
  if (IsRefused(file, at + size)) return ENOSPC;
  return Next<int(int, off_t, off_t)>("posix_fallocate")(file, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size) {
  return posix_fallocate(file, at, size);
}

}  // extern "C"
