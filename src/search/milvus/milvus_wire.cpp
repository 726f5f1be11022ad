#include "search/milvus/milvus_wire.h"

#include <fmt/format.h>
#include <milvus.pb.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace snapshelf {
namespace {

// Numbers of Milvus' enums and error codes.
constexpr int kInt64 = 5;
constexpr int kFloatVector = 101;
constexpr int kBoolExpression = 1;
constexpr int kIndexFinished = 3;
constexpr int kShards = 1;   // one, so that a batch is seen whole: shards have clocks of their own
constexpr int kBounded = 2;  // where a call does not say

static_assert(std::endian::native == std::endian::little, "vectors travel little-endian");

void AddPair(google::protobuf::RepeatedPtrField<wire::KeyValue>& pairs, std::string key,
             std::string value) {
  wire::KeyValue& pair = *pairs.Add();
  pair.set_key(std::move(key));
  pair.set_value(std::move(value));
}

std::string ValueOf(const google::protobuf::RepeatedPtrField<wire::KeyValue>& pairs,
                    std::string_view key) {
  for (const wire::KeyValue& pair : pairs)
    if (pair.key() == key) return pair.value();
  return {};
}

void AddLongs(wire::WriteRequest& request, const char* field,
              std::span<const std::int64_t> values) {
  wire::FieldData& data = *request.add_fields_data();
  data.set_type(kInt64);
  data.set_field_name(field);
  data.mutable_scalars()->mutable_long_data()->mutable_data()->Add(values.begin(), values.end());
}

/// The column of that name, or null.
const wire::FieldData* Column(const google::protobuf::RepeatedPtrField<wire::FieldData>& columns,
                              std::string_view name) {
  for (const wire::FieldData& column : columns)
    if (column.field_name() == name) return &column;
  return nullptr;
}

std::vector<std::int64_t> LongsOf(const wire::FieldData* column) {
  if (column == nullptr) return {};
  const auto& data = column->scalars().long_data().data();
  return {data.begin(), data.end()};
}

Error Misfit(std::string_view what) {
  return {.code = Code::kInternal,
          .message = fmt::format("the server's answer does not fit together: {}", what)};
}

/// errors.go of Milvus 2.3 to 2.6; the older numbers of error_code where there is no code.
Code CodeOf(int code, int old_code) {
  switch (code) {
    case 1:
    case 2:
    case 4:
    case 8:
    case 101:
    case 103:
    case 400:
    case 401:
    case 500:
    case 503:
      return Code::kUnavailable;
    case 3:
    case 7:
    case 9:
      return Code::kResourceExhausted;
    case 100:
    case 800:
      return Code::kNotFound;
    case 0:
      break;
    default:
      return code >= 1100 && code < 1200 ? Code::kInvalidArgument : Code::kInternal;
  }
  switch (old_code) {
    case 4:
    case 28:
      return Code::kNotFound;
    case 3:
    case 5:
    case 7:
    case 8:
    case 10:
    case 23:
      return Code::kInvalidArgument;
    case 53:
    case 54:
      return Code::kResourceExhausted;
    case 45:
    case 46:
    case 49:
    case 55:
    case 56:
    case 57:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

template <class Number>
std::string InFilter(std::string_view field, std::span<const Number> numbers) {
  std::string filter = fmt::format("{} in [", field);
  for (const Number number : numbers) filter += Literal(static_cast<std::int64_t>(number)) + ",";
  if (!numbers.empty()) filter.pop_back();
  return filter + "]";
}

std::string InSet(const VectorSet& set) {
  if (set.groups.empty()) return InFilter(kIdField, set.ids);
  if (set.ids.empty()) return InFilter(kGroupField, set.groups);
  // Where the groups are the key of partitions, Milvus 2.3 reads those of a plain list alone, also
  // where rows of others pass because of their ids.
  return fmt::format("{} or not (not ({}))", InFilter(kIdField, set.ids),
                     InFilter(kGroupField, set.groups));
}

}  // namespace

std::string_view MilvusName(Metric metric) {
  if (metric == Metric::kCosine) return "COSINE";
  return metric == Metric::kInnerProduct ? "IP" : "L2";
}

Attempt AttemptOf(const wire::Status& status) {
  if (status.code() == 0 && status.error_code() == 0) return {};
  // Of a database that is not there, Milvus 2.3 has no number.
  const bool is_known = !status.reason().contains("database not found");
  const Code code = is_known ? CodeOf(status.code(), status.error_code()) : Code::kNotFound;
  const std::string reason =
      status.reason().empty() ? fmt::format("error {}", status.code()) : status.reason();
  // What the server calls unexpected (65535) is mostly a neighbour that has just gone or come, so
  // it may pass; Milvus' own word on that (retriable) is not set then.
  // A collection that is not loaded stays so until somebody loads it.
  constexpr int kNotLoaded = 101;
  const bool passes = status.code() != kNotLoaded &&
                      (status.retriable() || code == Code::kUnavailable || code == Code::kInternal);
  return {.end = passes ? Attempt::End::kBusy : Attempt::End::kRefused,
          .error = {.code = code, .message = reason}};
}

bool IsMissingCollection(const wire::Status& status) {
  return AttemptOf(status).end != Attempt::End::kDone &&
         (status.code() == 100 || status.error_code() == 4 || status.error_code() == 28);
}

bool IsMissingIndex(const wire::Status& status) {
  return status.code() == 700 || status.error_code() == 25;
}

wire::CreateCollectionRequest WriteCreate(const std::string& collection,
                                          const std::string& description, int dim, int partitions) {
  wire::CollectionSchema schema;
  schema.set_name(collection);
  schema.set_description(description);
  for (const char* name : {kIdField, kGroupField, kVectorField}) {
    wire::FieldSchema& field = *schema.add_fields();
    field.set_name(name);
    field.set_data_type(name == kVectorField ? kFloatVector : kInt64);
    field.set_is_primary_key(name == kIdField);
    field.set_is_partition_key(name == kGroupField && partitions > 1);
    if (name == kVectorField) AddPair(*field.mutable_type_params(), "dim", fmt::to_string(dim));
  }
  wire::CreateCollectionRequest request;
  request.set_collection_name(collection);
  request.set_schema(schema.SerializeAsString());
  request.set_shards_num(kShards);
  request.set_consistency_level(kBounded);
  if (partitions > 1) request.set_num_partitions(partitions);
  return request;
}

wire::CreateIndexRequest WriteCreateIndex(const std::string& collection,
                                          const MilvusIndexParams& params, Metric metric) {
  std::string json = "{}";
  switch (params.type) {
    case MilvusIndexType::kIvfFlat:
    case MilvusIndexType::kIvfSq8:
    case MilvusIndexType::kScann:
      json = fmt::format(R"({{"nlist":{}}})", params.lists);
      break;
    case MilvusIndexType::kIvfPq:
      json = fmt::format(R"({{"nlist":{},"m":{},"nbits":8}})", params.lists, params.parts);
      break;
    case MilvusIndexType::kHnsw:
      json = fmt::format(R"({{"M":{},"efConstruction":{}}})", params.edges, params.build_window);
      break;
    case MilvusIndexType::kFlat:
    case MilvusIndexType::kDiskAnn:
    case MilvusIndexType::kAutoIndex:
      break;
  }
  wire::CreateIndexRequest request;
  request.set_collection_name(collection);
  request.set_field_name(kVectorField);
  request.set_index_name(kVectorField);
  AddPair(*request.mutable_extra_params(), "index_type", std::string(MilvusName(params.type)));
  AddPair(*request.mutable_extra_params(), "metric_type", std::string(MilvusName(metric)));
  if (params.type != MilvusIndexType::kAutoIndex)
    AddPair(*request.mutable_extra_params(), "params", json);
  return request;
}

wire::WriteRequest WriteRows(const std::string& collection, const MilvusRows& rows) {
  wire::WriteRequest request;
  request.set_collection_name(collection);
  request.set_num_rows(static_cast<std::uint32_t>(rows.ids.size()));
  AddLongs(request, kIdField, rows.ids);
  AddLongs(request, kGroupField, rows.groups);
  wire::FieldData& vectors = *request.add_fields_data();
  vectors.set_type(kFloatVector);
  vectors.set_field_name(kVectorField);
  vectors.mutable_vectors()->set_dim(
      static_cast<std::int64_t>(rows.values.size() / rows.ids.size()));
  vectors.mutable_vectors()->mutable_float_vector()->mutable_data()->Add(rows.values.begin(),
                                                                         rows.values.end());
  return request;
}

wire::SearchRequest WriteSearch(const std::string& collection, const MilvusSearch& search,
                                Metric metric) {
  const std::size_t count = search.queries.size() / static_cast<std::size_t>(search.dim);
  wire::PlaceholderGroup group;
  wire::PlaceholderValue& queries = *group.add_placeholders();
  queries.set_tag("$0");
  queries.set_type(kFloatVector);
  const std::size_t bytes = static_cast<std::size_t>(search.dim) * sizeof(float);
  for (std::size_t i = 0; i < count; ++i)
    queries.add_values(reinterpret_cast<const char*>(search.queries.data()) + i * bytes, bytes);
  wire::SearchRequest request;
  request.set_collection_name(collection);
  request.set_dsl(search.filter);
  request.set_dsl_type(kBoolExpression);
  request.set_placeholder_group(group.SerializeAsString());
  request.set_nq(static_cast<std::int64_t>(count));
  request.add_output_fields(kGroupField);
  auto& params = *request.mutable_search_params();
  AddPair(params, "anns_field", kVectorField);
  AddPair(params, "topk", fmt::to_string(search.limit));
  AddPair(params, "metric_type", std::string(MilvusName(metric)));
  AddPair(params, "params", search.params);
  AddPair(params, "round_decimal", "-1");
  return request;
}

wire::QueryRequest WriteQuery(const std::string& collection, const MilvusQuery& query) {
  wire::QueryRequest request;
  request.set_collection_name(collection);
  request.set_expr(query.filter);
  request.add_output_fields(kIdField);
  if (query.with_groups) request.add_output_fields(kGroupField);
  if (query.with_values) request.add_output_fields(kVectorField);
  AddPair(*request.mutable_query_params(), "limit", fmt::to_string(query.limit));
  return request;
}

std::string Literal(std::int64_t value) {
  if (value == std::numeric_limits<std::int64_t>::min()) return "-9223372036854775807-1";
  return fmt::to_string(value);
}

std::string IdsFilter(std::span<const std::int64_t> ids) {
  return InFilter(kIdField, ids);
}

std::string SetFilter(const VectorSet& exclude, const std::optional<VectorSet>& only) {
  std::string filter = only ? "(" + InSet(*only) + ")" : "";
  if (exclude.ids.empty() && exclude.groups.empty()) return filter;
  return fmt::format("{}{}not ({})", filter, filter.empty() ? "" : " and ", InSet(exclude));
}

MilvusCollection ReadCollection(const wire::DescribeCollectionResponse& response) {
  MilvusCollection collection{.description = response.schema().description(),
                              .fields = {},
                              .partitions = static_cast<int>(response.num_partitions())};
  for (const wire::FieldSchema& field : response.schema().fields()) {
    collection.fields.push_back(field.name());
    if (field.name() != kVectorField) continue;
    const std::string dim = ValueOf(field.type_params(), "dim");
    collection.dim = static_cast<int>(std::strtol(dim.c_str(), nullptr, 10));
  }
  return collection;
}

MilvusIndexState ReadIndex(const wire::DescribeIndexResponse& response) {
  for (const wire::IndexDescription& one : response.index_descriptions())
    if (one.field_name() == kVectorField)
      return {.type = ValueOf(one.params(), "index_type"),
              .metric = ValueOf(one.params(), "metric_type"),
              .is_finished = one.state() == kIndexFinished,
              .pending_rows = one.pending_index_rows(),
              .failure = one.fail_reason()};
  return {};
}

Result<std::vector<std::vector<Hit>>> ReadHits(const wire::SearchResults& response,
                                               std::size_t queries, Metric metric) {
  const wire::SearchResultData& data = response.results();
  std::vector<std::vector<Hit>> answers(queries);
  // An empty collection is answered with no counts at all.
  if (data.topks().empty()) return answers;
  const auto& ids = data.ids().int_id().data();
  const std::vector<std::int64_t> groups = LongsOf(Column(data.fields_data(), kGroupField));
  const auto hits = static_cast<std::size_t>(data.scores_size());
  if (static_cast<std::size_t>(data.topks_size()) != queries)
    return std::unexpected(Misfit(fmt::format("{} queries of {}", data.topks_size(), queries)));
  std::size_t total = 0;
  for (const std::int64_t count : data.topks()) total += static_cast<std::size_t>(count);
  if (total != hits || static_cast<std::size_t>(ids.size()) != hits || groups.size() != hits)
    return std::unexpected(Misfit(fmt::format("{} hits, {} scores, {} ids, {} groups", total, hits,
                                              ids.size(), groups.size())));
  const float sign = metric == Metric::kL2 ? -1.0F : 1.0F;
  int next = 0;
  for (std::size_t q = 0; q < queries; ++q)
    for (std::int64_t i = 0; i < data.topks(static_cast<int>(q)); ++i, ++next)
      answers[q].push_back({.id = static_cast<VectorId>(ids[next]),
                            .group = static_cast<GroupId>(groups[static_cast<std::size_t>(next)]),
                            .score = sign * data.scores(next)});
  return answers;
}

Result<MilvusRows> ReadRows(const wire::QueryResults& response, const MilvusQuery& query, int dim) {
  const auto& columns = response.fields_data();
  MilvusRows rows{.ids = LongsOf(Column(columns, kIdField)),
                  .groups = LongsOf(Column(columns, kGroupField)),
                  .values = {}};
  if (const wire::FieldData* vectors = Column(columns, kVectorField)) {
    const auto& values = vectors->vectors().float_vector().data();
    rows.values.assign(values.begin(), values.end());
  }
  const std::size_t count = rows.ids.size();
  if ((query.with_groups && rows.groups.size() != count) ||
      (query.with_values && rows.values.size() != count * static_cast<std::size_t>(dim)))
    return std::unexpected(Misfit(fmt::format("{} ids, {} groups, {} values", count,
                                              rows.groups.size(), rows.values.size())));
  return rows;
}

}  // namespace snapshelf
