#pragma once

#include <filesystem>

#include "products/picture_files.h"
#include "storage/file_system.h"

namespace snapshelf {

/// Pictures in files DIR/ab/cdef.... named by their SHA-256, so that every file carries its own
/// checksum.
class FolderPictureFiles final : public PictureFiles {
 public:
  FolderPictureFiles(FileSystem& file_system, std::filesystem::path folder);

  Status Put(const std::string& hash, std::span<const std::byte> bytes) override;
  Status Sync() override;
  [[nodiscard]] Result<std::vector<std::byte>> Get(const std::string& hash) const override;
  Status Remove(const std::string& hash) override;
  [[nodiscard]] bool Contains(const std::string& hash) const override;
  Status ForEach(
      const std::function<void(const std::string&, std::uint64_t)>& visit) const override;

 private:
  [[nodiscard]] std::filesystem::path PathOf(const std::string& hash) const;
  FileSystem& file_system_;
  std::filesystem::path folder_;
};

}  // namespace snapshelf
