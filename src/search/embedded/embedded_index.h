#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/machine.h"
#include "search/embedded/make_index.h"
#include "snapshelf/vector_index.h"
#include "storage/file_system.h"

namespace snapshelf {

struct EmbeddedOptions {
  int dim = 256;
  Metric metric = Metric::kCosine;
  IndexKind kind = IndexKind::kAuto;
  std::string model_id;  ///< what made the vectors; a store of another model is refused
  /// Reads every byte of the sealed vectors at start, seconds for each gigabyte, so that damage is
  /// known; without, damaged vectors are found by Verify only.
  bool check_vectors = false;
  /// Changes nothing in the folder, in which another process may be writing: the vectors are those
  /// of one moment, without a batch that is just being added.
  bool read_only = false;
  /// What the store may expect to have of the machine's memory. Where files of vectors and the
  /// index do not fit in, scores come from codes (GraphIndex::ScoreByCodes), and the log says so.
  std::uint64_t memory_bytes = MachineMemoryBytes() / 4 * 3;
  /// Of searches that name neither (FindOptions::window and reach).
  int window = 0;
  float reach = 0;
};

/// A VectorIndex that survives kill -9 and power loss: every change is in a synced log before it is
/// acknowledged. What the log holds is sealed into files now and then; at start these are mapped
/// and the log is replayed (docs/format/vectors.md). README.md in this folder has the picture.
///
/// Sealed rows whose bytes are damaged, or whose file is cut or missing, are as if removed until
/// Repair: the log says so at start, and IndexStats::lost. All others are found, and changes go on.
/// Nothing is sealed or compacted meanwhile, so what is damaged stays for whoever can restore it.
///
/// Owned by the composition root; one writing process at a time (DataFolder), and any number that
/// read. When more than half of the
/// log is garbage, the writer that notices copies the living vectors into a new one: its call then
/// takes seconds per million vectors, while readers go on.
///
///   auto index = EmbeddedIndex::Open(PosixFileSystem(), data / "vectors" / "1",
///                                    {.dim = 256, .model_id = card.id});
///   if (!index) return std::unexpected(index.error());
///   (*index)->Add(records);
class EmbeddedIndex final : public VectorIndex {
 public:
  /// Opens the log in the folder `path`, creating both if missing.
  /// errors: kInvalidArgument if the log was made with another model, dim or metric; kNotFound for
  ///         `read_only` without a log; kCorruption if
  ///         the log is damaged; kUnimplemented if it is of a newer version; those of FileSystem.
  static Result<std::unique_ptr<EmbeddedIndex>> Open(FileSystem& file_system,
                                                     const std::filesystem::path& path,
                                                     const EmbeddedOptions& options);
  ~EmbeddedIndex() override;

  [[nodiscard]] int dim() const override;
  [[nodiscard]] Metric metric() const override;
  [[nodiscard]] IndexStats stats() const override;
  /// errors besides those of VectorIndex: kResourceExhausted if the disk is full, kIoError,
  /// kInvalidArgument if opened with `read_only`; nothing has changed then.
  Status Add(std::span<const VectorRecord> records) override;
  Status Remove(std::span<const VectorId> ids) override;
  [[nodiscard]] Result<std::vector<Hit>> Find(std::span<const float> query,
                                              const FindOptions& options) const override;
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const override;
  Status ForEach(const std::function<void(const VectorRecord&)>& visit) const override;

  /// Reads the log again and checks every checksum and every record, and that the log and the index
  /// in memory hold the same number of vectors. Writers wait meanwhile. errors: kCorruption, with
  /// all that is damaged.
  [[nodiscard]] Status Verify() const;

  /// The vectors that Repair cannot bring back, as far as their ids can be read, and those whose
  /// row lies next to lost ones: what was added together with them may be lost too.
  [[nodiscard]] std::vector<VectorId> LostAndBeside() const;

  /// Writes what is intact into new files and forgets the lost rows and the damaged files. To find
  /// damaged vectors too, open with `check_vectors`. Does nothing if nothing is damaged.
  /// errors: kResourceExhausted if the disk is full, kIoError; all is as it was then.
  Status Repair();

  /// Moves what the graph covers from the log into immutable files, so that the next start maps it
  /// instead of replaying it; the index does so by itself when the log has grown by a quarter, by
  /// at least 50,000 and at most 2,000,000 changes, and at most 100,000 if nothing was sealed for
  /// ten minutes. Takes seconds per million vectors; readers and writers go on.
  /// errors: kResourceExhausted if the disk is full, kIoError; kUnavailable while a damaged graph
  /// is built again, or until Repair; the log keeps everything then.
  Status Seal();

  /// Returns once the graph covers everything: for tests and benchmarks.
  void WaitUntilSettled() const;

  /// Bytes of the log on disk.
  [[nodiscard]] std::uint64_t log_bytes() const;

 private:
  struct Impl;
  explicit EmbeddedIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
