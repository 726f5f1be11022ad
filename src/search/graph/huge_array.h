#pragma once

#include <cstddef>
#include <memory>

namespace snapshelf {

/// Memory that grows without moving: address space is reserved once, and pages come when they are
/// first written. So readers need no lock and one addition finds an element. Zero until written.
class ReservedMemory {
 public:
  /// Null when there is no such address space.
  static std::unique_ptr<ReservedMemory> Reserve(std::size_t bytes);
  ~ReservedMemory();
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }

  /// Asks for 2 MiB pages for the first `bytes`; a walk jumps about, and with 4 KiB pages each jump
  /// is a miss of the address cache too.
  void UseHugePages(std::size_t bytes) const;

 private:
  ReservedMemory() = default;
  std::byte* base_ = nullptr;
  std::size_t base_bytes_ = 0;
  std::byte* data_ = nullptr;  // aligned to a huge page
  std::size_t bytes_ = 0;
};

/// An array of zero-initialised elements in reserved memory.
template <class T>
class HugeArray {
 public:
  [[nodiscard]] bool Reserve(std::size_t count) {
    memory_ = ReservedMemory::Reserve(count * sizeof(T));
    return memory_ != nullptr;
  }
  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(memory_->data()); }
  [[nodiscard]] T& operator[](std::size_t i) const { return data()[i]; }
  void UseHugePages(std::size_t count) const { memory_->UseHugePages(count * sizeof(T)); }

 private:
  std::unique_ptr<ReservedMemory> memory_;
};

}  // namespace snapshelf
