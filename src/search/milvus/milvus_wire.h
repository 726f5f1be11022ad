#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "search/milvus/endpoint_pool.h"
#include "search/milvus/milvus_client.h"

namespace milvus::proto::milvus {
class CreateCollectionRequest;
class CreateIndexRequest;
class DescribeCollectionResponse;
class DescribeIndexResponse;
class QueryRequest;
class QueryResults;
class SearchRequest;
class SearchResults;
class Status;
class WriteRequest;
}  // namespace milvus::proto::milvus

namespace snapshelf {

// Messages of milvus.proto from and to our values. What a server answers is checked here: columns
// of one length, counts that add up.

namespace wire = ::milvus::proto::milvus;

/// What the server's own status says: done, or which error and whether another try may help.
[[nodiscard]] Attempt AttemptOf(const wire::Status& status);
[[nodiscard]] bool IsMissingCollection(const wire::Status& status);
[[nodiscard]] bool IsMissingIndex(const wire::Status& status);

[[nodiscard]] wire::CreateCollectionRequest WriteCreate(const std::string& collection,
                                                        const std::string& description, int dim,
                                                        int partitions);
[[nodiscard]] wire::CreateIndexRequest WriteCreateIndex(const std::string& collection,
                                                        const MilvusIndexParams& params,
                                                        Metric metric);
[[nodiscard]] wire::WriteRequest WriteRows(const std::string& collection, const MilvusRows& rows);
[[nodiscard]] wire::SearchRequest WriteSearch(const std::string& collection,
                                              const MilvusSearch& search, Metric metric);
[[nodiscard]] wire::QueryRequest WriteQuery(const std::string& collection,
                                            const MilvusQuery& query);
/// `id in [1,-2,3]`
[[nodiscard]] std::string IdsFilter(std::span<const std::int64_t> ids);
/// What neither set rules out, `(group_id in [7]) and not (id in [1,2])`; empty: every row. `only`
/// names something.
[[nodiscard]] std::string SetFilter(const VectorSet& exclude, const std::optional<VectorSet>& only);
/// The number in Milvus' expressions; the lowest one has no literal there.
[[nodiscard]] std::string Literal(std::int64_t value);

[[nodiscard]] MilvusCollection ReadCollection(const wire::DescribeCollectionResponse& response);
[[nodiscard]] MilvusIndexState ReadIndex(const wire::DescribeIndexResponse& response);
/// errors: kInternal if columns do not fit together.
[[nodiscard]] Result<std::vector<std::vector<Hit>>> ReadHits(const wire::SearchResults& response,
                                                             std::size_t queries, Metric metric);
[[nodiscard]] Result<MilvusRows> ReadRows(const wire::QueryResults& response,
                                          const MilvusQuery& query, int dim);

}  // namespace snapshelf
