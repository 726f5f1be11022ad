#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "search/embedded/embedded_index.h"
#include "search/embedded/segment_files.h"
#include "search/embedded/vector_records.h"
#include "search/graph/graph_index.h"
#include "storage/log.h"

namespace snapshelf {

/// The parts of EmbeddedIndex: opening (embedded_open.cpp), changing and compacting
/// (embedded_index.cpp), sealing (embedded_seal.cpp), checking and repairing (embedded_repair.cpp).
struct EmbeddedIndex::Impl {
  Impl(FileSystem& files, std::filesystem::path folder_path, const EmbeddedOptions& options);

  [[nodiscard]] std::filesystem::path LogPath() const { return folder / "vectors.log"; }
  [[nodiscard]] std::filesystem::path NewLogPath() const { return folder / "vectors.log.new"; }
  [[nodiscard]] std::filesystem::path SegmentFolder() const { return folder / "sealed"; }

  // embedded_open.cpp
  Status Open();
  Status OpenToRead();
  [[nodiscard]] bool MayHaveBeenReplaced() const;
  [[nodiscard]] Status CheckWritable() const;
  Status SyncFoldersAround();
  struct Replaying;
  Status Replay(std::span<const std::byte> bytes, Replaying& replaying);
  Status AddReplayed(Replaying& replaying);
  Status CheckMeta(const LogMeta& stored) const;
  Status Load(const LoggedSegments& stored);
  Result<std::vector<VectorTable::SealedChunk>> OpenRows(const LoggedSegments& stored,
                                                         std::vector<std::uint64_t>& dead);
  Result<StoredGraph> LoadGraph(const LoggedSegments& stored);
  Status LoadIntoScan(std::span<const VectorTable::SealedChunk> chunks,
                      std::span<const std::uint64_t> dead);
  void RemoveLeftovers() const;

  // embedded_repair.cpp
  void TakeLost(std::vector<LostChunks> found, std::vector<std::uint64_t>& dead);
  [[nodiscard]] bool IsLost(const RowsSegment& rows) const;
  [[nodiscard]] Status Verify() const;
  void VerifySegments(const LoggedSegments& stored, std::unordered_set<VectorId>& live,
                      std::vector<std::string>& problems) const;
  [[nodiscard]] std::vector<VectorId> LostAndBeside() const;
  Status Repair();

  // embedded_index.cpp; the writer's mutex is held.
  Status Write(const std::vector<RecordBytes>& records);
  void CompactIfMostlyGarbage();
  Status Compact();
  /// Writes a new log by `fill` and puts it in the place of the old one. After an error the old one
  /// is in use.
  Status ReplaceLog(const std::function<Status(RecordLog&)>& fill);

  [[nodiscard]] FindOptions WithDefaults(FindOptions options) const {
    if (options.window != 0 || options.reach != 0) return options;
    options.window = window;
    options.reach = reach;
    return options;
  }

  // embedded_seal.cpp
  [[nodiscard]] std::size_t SealedRows() const;
  [[nodiscard]] std::uint64_t WantedToSeal() const;
  [[nodiscard]] bool SealIsDue() const;
  void SealUntil(const std::stop_token& stop);
  Status Seal();
  void ChooseScores();
  Status SealOrRepair();
  LoggedSegments PlanSegments(const GraphState& state, Row rows,
                              std::vector<RowsSegment>& new_rows);
  Status WriteSegments(const LoggedSegments& fresh, std::span<const RowsSegment> new_rows,
                       const GraphState& state, const VectorTable::View& view, Row rows);
  Status CommitSeal(const LoggedSegments& fresh, const GraphState& state,
                    const VectorTable::View& sealed_view, Row rows);

  FileSystem& file_system;
  const std::filesystem::path folder;
  const LogMeta meta;
  const RowsCheck rows_check;
  const bool read_only;
  const std::uint64_t memory_bytes;
  const int window;
  const float reach;
  const SegmentFiles segment_files;
  std::unique_ptr<VectorIndex> index;
  GraphIndex* const graph;  // the same index, or null if it has no graph

  mutable std::mutex writer_mutex;  // all below
  std::unique_ptr<RecordLog> log;   // null if read_only
  std::uint64_t log_bytes = 0;      // of what was read then
  bool graph_is_missing = false;
  std::uint64_t logged_records = 0;  // adds and removes in the log
  std::uint64_t next_compaction_garbage = 0;
  std::uint64_t next_seal_records = 0;
  std::string failure;  // why nothing can be written any more
  LoggedSegments segments;
  std::shared_ptr<const VectorTable> segments_table;  // whose first rows lie in the segments
  std::uint64_t next_number = 1;                      // of the next segment file
  std::vector<LostChunks> lost;                       // of `segments`

  std::atomic<std::size_t> lost_rows = 0;  // of `lost`, without those that were dead before

  std::mutex seal_mutex;           // taken before the writer's
  std::uint64_t planned_from = 0;  // the graph file that the sealing under way replaces
  std::mutex wait_mutex;
  std::condition_variable_any wait;
  std::chrono::steady_clock::time_point last_seal;  // the sealer's own, or the start
  bool scores_by_codes = false;
  std::jthread sealer;  // of an open store that can be written; last: it uses all above
};

/// Changes in the log that make a sealing worth its cost: each writes the graph again, and each
/// start replays the log.
[[nodiscard]] std::uint64_t SealAmount(std::size_t sealed_rows,
                                       std::chrono::steady_clock::duration since_last_seal);

/// The rows of all files.
[[nodiscard]] Row RowsOf(const LoggedSegments& segments);

/// Bit `row` of bits as a graph file has them.
[[nodiscard]] inline bool IsDead(std::span<const std::uint64_t> dead, std::size_t row) {
  return (dead[row / 64] >> (row % 64) & 1) != 0;
}

/// Appends the records as one batch.
Status AppendAll(RecordLog& log, const std::vector<RecordBytes>& records);

/// Appends records in batches of some megabytes.
class BatchAppender {
 public:
  explicit BatchAppender(RecordLog& log) : log_(log) {}
  /// After an error all else does nothing.
  void Add(RecordBytes record);
  /// The first error, or success once all is synced.
  Status Finish();
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  RecordLog& log_;
  Status status_;
  std::vector<RecordBytes> batch_;
  std::uint64_t count_ = 0;
};

}  // namespace snapshelf
