#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "search/embedded/vector_records.h"
#include "search/graph/flat_graph.h"
#include "search/vector_table.h"
#include "storage/file_system.h"

namespace snapshelf {

/// A graph as its file holds it.
struct StoredGraph {
  std::unique_ptr<FlatGraph> graph;
  std::size_t trained_rows = 0;
  std::vector<std::uint64_t> dead;  ///< [rows / 64] bits
};

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

  /// Maps the rows; checks all but the vectors, which would take seconds.
  [[nodiscard]] Result<std::vector<VectorTable::SealedChunk>> OpenRows(
      const RowsSegment& segment) const;
  /// Reads and checks all of it. Where the graph is damaged or has no address space, but the dead
  /// rows are known, it is null and can be built again; with `strict` that is an error.
  [[nodiscard]] Result<StoredGraph> OpenGraph(std::uint64_t number, Row rows,
                                              bool strict = false) const;

  /// Checks every byte.
  [[nodiscard]] Status VerifyRows(const RowsSegment& segment) const;

  /// Removes the files of that number, if there are any.
  void Remove(std::uint64_t number) const;

  [[nodiscard]] std::filesystem::path RowsPath(std::uint64_t number) const;
  [[nodiscard]] std::filesystem::path GraphPath(std::uint64_t number) const;

 private:
  FileSystem& file_system_;
  std::filesystem::path folder_;
  int dim_;
  Metric metric_;
};

}  // namespace snapshelf
