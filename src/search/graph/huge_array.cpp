#include "search/graph/huge_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

namespace snapshelf {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

std::size_t RoundUp(std::size_t bytes) {
  return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
}

}  // namespace

std::unique_ptr<ReservedMemory> ReservedMemory::Reserve(std::size_t bytes) {
  std::unique_ptr<ReservedMemory> memory(new ReservedMemory);
  const std::size_t whole = RoundUp(bytes) + kHugePageBytes;
  void* const base = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  memory->base_ = static_cast<std::byte*>(base);
  memory->base_bytes_ = whole;
  const auto address = reinterpret_cast<std::uintptr_t>(base);
  memory->data_ = memory->base_ + (RoundUp(address) - address);
  memory->bytes_ = RoundUp(bytes);
  return memory;
}

ReservedMemory::~ReservedMemory() {
  if (base_ != nullptr) ::munmap(base_, base_bytes_);
}

void ReservedMemory::UseHugePages(std::size_t bytes) const {
  // Advice: where the system has no huge pages it answers with an error that changes nothing.
  static_cast<void>(::madvise(data_, std::min(RoundUp(bytes), bytes_), MADV_HUGEPAGE));
}

}  // namespace snapshelf
