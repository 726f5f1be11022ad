#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "storage/file_system.h"

namespace snapshelf {

/// What a power cut leaves of writes that were not synced.
enum class PowerLoss : std::uint8_t {
  kNothing,  ///< only what was synced: contents by Sync, names by SyncDirectory
  kHalf,     ///< names as synced; of appended bytes the first half
  kAll,      ///< everything: a process that was killed on a machine that goes on
};

/// A disk in memory for tests, which forgets what was not synced, and fails when told.
///
/// "Call" below means one that changes something: Append, Sync, Truncate, a creating OpenAppend,
/// WriteAtomically, Remove, Rename, CreateDirectories, SyncDirectory, SyncAll. threads: safe.
class FaultyFs final : public FileSystem {
 public:
  FaultyFs();
  ~FaultyFs() override;

  /// From the n-th call from now on (0: the next), every call fails with kIoError; an Append does
  /// half of its work first. Cleared by CutPower.
  void FailFrom(std::uint64_t n);
  /// The n-th call from now on fails with kIoError, an Append after half of its work; later ones
  /// work.
  void FailOnce(std::uint64_t n);
  /// True if a call was made to fail since the last FailFrom or FailOnce.
  [[nodiscard]] bool failed() const;
  /// Appends and new files beyond that many bytes in all fail with kResourceExhausted, after the
  /// part that fits.
  void SetCapacity(std::optional<std::uint64_t> bytes);
  /// Changes one bit of the file, as a rotting disk does.
  void FlipBit(const std::filesystem::path& path, std::uint64_t byte, int bit);
  /// The machine stops and starts again. Open AppendFiles must not be used any more.
  void CutPower(PowerLoss loss);

  Result<std::vector<std::byte>> Read(const std::filesystem::path& path) override;
  Result<std::vector<std::byte>> ReadAt(const std::filesystem::path& path, std::uint64_t offset,
                                        std::size_t size_bytes) override;
  Result<std::unique_ptr<ReadableFile>> OpenRead(const std::filesystem::path& path) override;
  Result<std::shared_ptr<const MappedFile>> Map(const std::filesystem::path& path,
                                                MapUse use) override;
  Result<std::uint64_t> SizeBytes(const std::filesystem::path& path) override;
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::filesystem::path& path) override;
  Status WriteAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes,
                         bool sync) override;
  Status Remove(const std::filesystem::path& path) override;
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status CreateDirectories(const std::filesystem::path& path) override;
  Result<bool> Exists(const std::filesystem::path& path) override;
  Status SyncDirectory(const std::filesystem::path& path) override;
  Status SyncAll(const std::filesystem::path& path) override;

 private:
  class File;
  class Reader;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace snapshelf
