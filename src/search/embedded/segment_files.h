#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "search/embedded/segment_io.h"
#include "search/embedded/vector_records.h"
#include "search/graph/graph_state.h"
#include "search/vector_table.h"
#include "storage/file_system.h"

namespace snapshelf {

/// A graph as its file holds it.
struct StoredGraph {
  RestoredGraph restored;
  std::vector<std::uint64_t> dead;  ///< [rows / 64] bits
};

/// Chunks of rows whose bytes do not match their checksums, or whose file is cut or missing.
struct LostChunks {
  std::uint32_t first_chunk = 0;
  std::uint32_t chunks = 0;   ///< 0 if only the header is damaged: nothing is lost then
  std::string why;            ///< names file and part
  std::vector<VectorId> ids;  ///< of a chunk whose names are intact: [kChunkRows]
};

/// What a rows file holds.
struct OpenedRows {
  std::vector<VectorTable::SealedChunk> chunks;  ///< in the place of lost ones: zeros
  std::vector<LostChunks> lost;
};

/// How much of a rows file is read when it is opened.
enum class RowsCheck : std::uint8_t {
  kNames,      ///< all but the vectors, which would take seconds for each gigabyte
  kEverything  ///< every byte
};

/// True for what a damaged, cut or missing file gives; other errors may go away again.
[[nodiscard]] bool IsDamage(const Error& error);

/// [rows / 64] bits, the lowest first, of the rows below `rows` that `view` does not see.
[[nodiscard]] std::vector<std::uint64_t> DeadBits(const VectorTable::View& view, Row rows);

/// What is written into a graph file.
struct GraphSource {
  const FlatGraph& graph;
  VectorTable::View view;  ///< whose dead rows are marked
  Row rows = 0;            ///< a multiple of VectorTable::kChunkRows
  std::size_t trained_rows = 0;
};

/// The immutable, checksummed files of sealed rows, in one folder (docs/format/vectors.md):
/// NUMBER.rows with vectors, ids and groups, NUMBER.graph with codes and edges. A number is used
/// once. What the log does not name is not part of the store.
///
/// errors: those of FileSystem; kCorruption, naming the file; kUnimplemented for a newer format.
class SegmentFiles {
 public:
  SegmentFiles(FileSystem& file_system, std::filesystem::path folder, int dim, Metric metric);

  /// Both write and sync a new file; the folder is synced by SyncFolder.
  Status WriteRows(const RowsSegment& segment, const VectorTable::View& view) const;
  Status WriteGraph(std::uint64_t number, const GraphSource& source) const;
  Status SyncFolder() const;

  /// Maps the rows. Damage is no error: the chunks in question are told as lost.
  [[nodiscard]] Result<OpenedRows> OpenRows(const RowsSegment& segment, RowsCheck check) const;
  /// Reads and checks all but the lower planes, with `strict` these too. Where the graph is damaged
  /// or has no address space, but the dead rows are intact, it is null and can be built again; with
  /// `strict` that is an error.
  [[nodiscard]] Result<StoredGraph> OpenGraph(std::uint64_t number, Row rows,
                                              bool strict = false) const;

  /// Removes the files of that number, if there are any.
  void Remove(std::uint64_t number) const;

  [[nodiscard]] std::filesystem::path RowsPath(std::uint64_t number) const;
  [[nodiscard]] std::filesystem::path GraphPath(std::uint64_t number) const;

 private:
  [[nodiscard]] VectorTable::SealedChunk ZeroChunk() const;
  [[nodiscard]] Result<SegmentReader> ReadRows(const RowsSegment& segment, RowsCheck check,
                                               std::string& header_damage) const;
  /// Adds a chunk of the file to `opened`, or zeros and `lost` with the reason.
  void OpenChunk(const SegmentReader& reader, std::uint32_t chunk, RowsCheck check,
                 OpenedRows& opened, LostChunks lost) const;

  FileSystem& file_system_;
  std::filesystem::path folder_;
  int dim_;
  Metric metric_;
};

}  // namespace snapshelf
