#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/milvus/milvus_options.h"

namespace snapshelf {

/// The fields of our collections. Milvus' integers have a sign: ids and groups travel as the signed
/// numbers of the same 64 bits.
inline constexpr const char* kIdField = "id";
inline constexpr const char* kGroupField = "group_id";
inline constexpr const char* kVectorField = "vector";

/// The most hits of one query, and rows of one page, that Milvus gives.
inline constexpr int kMaxMilvusRows = 16'384;

/// What the server says of a collection.
struct MilvusCollection {
  std::string description;
  std::vector<std::string> fields;
  int dim = 0;         ///< of kVectorField; 0: there is none
  int partitions = 0;  ///< by group; 0 or 1: none
};

/// What the server says of the index on kVectorField.
struct MilvusIndexState {
  std::string type;    ///< the server's name
  std::string metric;  ///< the server's name
  bool is_finished = false;
  std::int64_t pending_rows = 0;
  std::string failure;  ///< of the last try to build; may be empty
};

/// Rows of a collection, column by column; columns that were not asked for are empty.
struct MilvusRows {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> groups;
  std::vector<float> values;  ///< [rows, dim]
};

struct MilvusSearch {
  std::span<const float> queries;  ///< [count, dim]
  int dim = 0;
  int limit = 0;       ///< hits of each query, at most kMaxMilvusRows
  std::string params;  ///< JSON, what the kind of index reads
  std::string filter;  ///< an expression; empty: every row
};

struct MilvusQuery {
  std::string filter;
  int limit = kMaxMilvusRows;
  bool with_groups = true;
  bool with_values = false;
};

/// Milvus' calls, one method each, on plain values: what crosses the wire, and nothing of what it
/// is for. Every call has a deadline and may be repeated, which it is, on another endpoint
/// (EndpointPool).
///
/// Errors carry the server's words. kUnavailable: no answer, or not ready; kDeadlineExceeded;
/// kInvalidArgument: refused, also user and password; kNotFound: no such collection or database;
/// kResourceExhausted: out of memory, disk or quota; kInternal: anything else.
///
/// Owned by MilvusIndex. Thread-safe.
class MilvusClient {
 public:
  explicit MilvusClient(const MilvusOptions& options);
  ~MilvusClient();

  [[nodiscard]] Result<std::string> Version();

  /// Nothing where there is no such collection.
  [[nodiscard]] Result<std::optional<MilvusCollection>> Describe(const std::string& collection);
  Status Create(const std::string& collection, const std::string& description, int dim,
                int partitions = 1);
  Status Drop(const std::string& collection);

  /// Nothing where there is no index.
  [[nodiscard]] Result<std::optional<MilvusIndexState>> DescribeIndex(
      const std::string& collection);
  Status CreateIndex(const std::string& collection, const MilvusIndexParams& params, Metric metric);
  Status DropIndex(const std::string& collection);

  Status Load(const std::string& collection, int replicas);
  [[nodiscard]] Result<bool> IsLoaded(const std::string& collection);

  /// Writes and returns the time from when on readers see it.
  Result<std::uint64_t> Upsert(const std::string& collection, const MilvusRows& rows);
  Result<std::uint64_t> Delete(const std::string& collection, std::span<const std::int64_t> ids);

  /// Makes everything written so far a matter of sealed segments, which get the index. Returns once
  /// they are written.
  Status Flush(const std::string& collection);

  /// Best first; of equal scores in any order. `seen`: the time that readers must have reached.
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> Search(const std::string& collection,
                                                             const MilvusSearch& search,
                                                             std::uint64_t seen);
  /// The first rows by id that pass the filter.
  [[nodiscard]] Result<MilvusRows> Query(const std::string& collection, const MilvusQuery& query,
                                         std::uint64_t seen);
  /// Of the rows that pass the filter.
  [[nodiscard]] Result<std::size_t> Count(const std::string& collection, const std::string& filter,
                                          std::uint64_t seen);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "COSINE", "IP", "L2".
[[nodiscard]] std::string_view MilvusName(Metric metric);

}  // namespace snapshelf
