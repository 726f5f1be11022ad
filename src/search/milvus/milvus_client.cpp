#include "search/milvus/milvus_client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <milvus.grpc.pb.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/trace.h"
#include "search/milvus/milvus_wire.h"

namespace snapshelf {
namespace {

using Service = wire::MilvusService;
using Milliseconds = std::chrono::milliseconds;

// How often the state of what the server does by itself is asked for.
constexpr Milliseconds kPoll{50};

std::string Base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 3; ++j)
      bits = bits << 8 | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0U);
    for (int digit = 3; digit >= 0; --digit) encoded += kDigits[bits >> (6 * digit) & 63U];
  }
  const std::size_t padding = (3 - text.size() % 3) % 3;
  encoded.replace(encoded.size() - padding, padding, padding, '=');
  return encoded;
}

grpc::ChannelArguments ChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // pages of 16,384 rows with their vectors
  arguments.SetMaxSendMessageSize(-1);
  // gRPC waits up to two minutes before it connects again; a proxy is back in seconds. The time for
  // one connection (GRPC_ARG_MIN_RECONNECT_BACKOFF_MS) stays at 20 s: connections go on only while
  // a call waits, and calls to an absent server are short and far between.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // A connection whose other end vanished without a word is noticed after 15 s. Milvus allows a
  // ping every 5 s.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::string& ca_file) {
  if (ca_file.empty()) return grpc::InsecureChannelCredentials();
  std::ostringstream pem;
  pem << std::ifstream(ca_file).rdbuf();
  return grpc::SslCredentials(
      {.pem_root_certs = pem.str(), .pem_private_key = {}, .pem_cert_chain = {}});
}

/// What gRPC itself says when there is no answer of the server.
Attempt AttemptOf(const grpc::Status& status) {
  if (status.ok()) return {};
  using End = Attempt::End;
  const auto end = [&](End how, Code code) {
    return Attempt{.end = how, .error = {.code = code, .message = status.error_message()}};
  };
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return end(End::kUnreached, Code::kUnavailable);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
      return end(End::kUnreached, Code::kDeadlineExceeded);
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return end(End::kRefused, Code::kResourceExhausted);
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::INVALID_ARGUMENT:
      return end(End::kRefused, Code::kInvalidArgument);
    case grpc::StatusCode::UNIMPLEMENTED:
      return end(End::kRefused, Code::kUnimplemented);
    case grpc::StatusCode::NOT_FOUND:
      return end(End::kRefused, Code::kNotFound);
    default:
      if (status.error_message().contains("database not found"))
        return end(End::kRefused, Code::kNotFound);
      return end(End::kBusy, Code::kInternal);
  }
}

/// The level that goes with a guarantee timestamp; the server heeds both.
int LevelOf(std::uint64_t seen) {
  constexpr int kSession = 1;
  constexpr int kLevels[] = {0, 3, 2};  // strong, eventually, bounded
  return seen < std::size(kLevels) ? kLevels[seen] : kSession;
}

const wire::Status& StatusOf(const wire::Status& response) {
  return response;
}
template <class Response>
const wire::Status& StatusOf(const Response& response) {
  return response.status();
}

}  // namespace

struct MilvusClient::Impl {
  explicit Impl(const MilvusOptions& of)
      : options(of), pool(std::make_shared<EndpointPool>(of.endpoints, of.metrics)) {
    for (const std::string& endpoint : of.endpoints)
      stubs.push_back(Service::NewStub(
          grpc::CreateCustomChannel(endpoint, Credentials(of.ca_file), ChannelArguments())));
    if (!of.user.empty()) authorization = Base64(of.user + ":" + of.password);
    for (std::size_t i = 0; of.metrics != nullptr && i < of.endpoints.size(); ++i)
      of.metrics->Gauge(
          "snapshelf_milvus_breaker_open", "1 while the endpoint is left out for not answering",
          [pool = std::weak_ptr(pool), i] {
            const auto living = pool.lock();
            return living && living->is_left_out(i) ? 1.0 : 0.0;
          },
          fmt::format(R"(endpoint="{}")", of.endpoints[i]));
  }

  /// For calls that may take as long as they are allowed to: half of it where another endpoint can
  /// be asked in the other half.
  [[nodiscard]] CallPolicy Whole(const char* name) const {
    return {.name = name,
            .attempt = Milliseconds(options.deadline_ms / (stubs.size() > 1 ? 2 : 1)),
            .deadline = Milliseconds(options.deadline_ms)};
  }
  /// For calls that are quick where all is well.
  [[nodiscard]] CallPolicy Reading(const char* name) const {
    CallPolicy policy = Whole(name);
    policy.attempt = std::min(policy.attempt, Milliseconds(options.attempt_ms));
    return policy;
  }

  /// Calls until an endpoint answers with success. `fine` tells which failures are answers too.
  template <class Request, class Response>
  Result<Response> Call(
      const CallPolicy& policy,
      grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
      const Request& request,
      bool (*fine)(const wire::Status&) = [](const wire::Status&) { return false; }) {
    Response response;
    const Status status =
        pool->Call(policy, [&](std::size_t endpoint, EndpointPool::Clock::time_point deadline) {
          grpc::ClientContext context;
          Prepare(context, deadline);
          response.Clear();
          Attempt attempt = AttemptOf(((*stubs[endpoint]).*method)(&context, request, &response));
          if (attempt.end == Attempt::End::kDone && !fine(StatusOf(response)))
            attempt = snapshelf::AttemptOf(StatusOf(response));
          return attempt;
        });
    if (!status) return std::unexpected(status.error());
    return response;
  }

  void Prepare(grpc::ClientContext& context, EndpointPool::Clock::time_point deadline) const {
    const auto left = deadline - EndpointPool::Clock::now();
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    if (!options.database.empty()) context.AddMetadata("dbname", options.database);
    if (const Trace* trace = ActiveTrace::Current())
      context.AddMetadata("traceparent", trace->Traceparent());
  }

  /// Asks until `done` says true; the reason why it took too long otherwise.
  Status Poll(std::string_view what, const std::function<Result<bool>()>& done) const {
    const auto deadline =
        std::chrono::steady_clock::now() + Milliseconds(options.setup_deadline_ms);
    for (;;) {
      const Result<bool> is_done = done();
      if (!is_done) return std::unexpected(is_done.error());
      if (*is_done) return {};
      if (std::chrono::steady_clock::now() > deadline)
        return Fail(Code::kDeadlineExceeded, fmt::format("Milvus: {} took more than {} ms", what,
                                                         options.setup_deadline_ms));
      std::this_thread::sleep_for(kPoll);
    }
  }

  MilvusOptions options;
  std::shared_ptr<EndpointPool> pool;
  std::vector<std::unique_ptr<Service::Stub>> stubs;
  std::string authorization;
};

MilvusClient::MilvusClient(const MilvusOptions& options) : impl_(std::make_unique<Impl>(options)) {}
MilvusClient::~MilvusClient() = default;

Result<std::string> MilvusClient::Version() {
  const auto response =
      impl_->Call(impl_->Reading("version"), &Service::Stub::GetVersion, wire::Empty());
  if (!response) return std::unexpected(response.error());
  return response->version();
}

Result<std::optional<MilvusCollection>> MilvusClient::Describe(const std::string& collection) {
  wire::CollectionRequest request;
  request.set_collection_name(collection);
  const auto response = impl_->Call(impl_->Reading("describe"), &Service::Stub::DescribeCollection,
                                    request, IsMissingCollection);
  if (!response) return std::unexpected(response.error());
  if (IsMissingCollection(response->status())) return std::nullopt;
  return ReadCollection(*response);
}

Status MilvusClient::Create(const std::string& collection, const std::string& description, int dim,
                            int partitions) {
  const auto response = impl_->Call(impl_->Whole("create"), &Service::Stub::CreateCollection,
                                    WriteCreate(collection, description, dim, partitions));
  if (!response) return std::unexpected(response.error());
  return {};
}

Status MilvusClient::Drop(const std::string& collection) {
  wire::CollectionRequest request;
  request.set_collection_name(collection);
  const auto response = impl_->Call(impl_->Whole("drop"), &Service::Stub::DropCollection, request,
                                    IsMissingCollection);
  if (!response) return std::unexpected(response.error());
  return {};
}

Result<std::optional<MilvusIndexState>> MilvusClient::DescribeIndex(const std::string& collection) {
  wire::IndexRequest request;
  request.set_collection_name(collection);
  const auto response = impl_->Call(impl_->Reading("describe_index"), &Service::Stub::DescribeIndex,
                                    request, IsMissingIndex);
  if (!response) return std::unexpected(response.error());
  MilvusIndexState index = ReadIndex(*response);
  if (IsMissingIndex(response->status()) || index.type.empty()) return std::nullopt;
  return index;
}

Status MilvusClient::CreateIndex(const std::string& collection, const MilvusIndexParams& params,
                                 Metric metric) {
  const auto response = impl_->Call(impl_->Whole("create_index"), &Service::Stub::CreateIndex,
                                    WriteCreateIndex(collection, params, metric));
  if (!response) return std::unexpected(response.error());
  return {};
}

Status MilvusClient::DropIndex(const std::string& collection) {
  wire::IndexRequest request;
  request.set_collection_name(collection);
  request.set_field_name(kVectorField);
  request.set_index_name(kVectorField);
  const auto response =
      impl_->Call(impl_->Whole("drop_index"), &Service::Stub::DropIndex, request, IsMissingIndex);
  if (!response) return std::unexpected(response.error());
  return {};
}

Status MilvusClient::Load(const std::string& collection, int replicas) {
  wire::LoadCollectionRequest request;
  request.set_collection_name(collection);
  request.set_replica_number(replicas);
  const auto response = impl_->Call(impl_->Whole("load"), &Service::Stub::LoadCollection, request);
  if (!response) return std::unexpected(response.error());
  return impl_->Poll(fmt::format("loading {}", collection), [&] { return IsLoaded(collection); });
}

Result<bool> MilvusClient::IsLoaded(const std::string& collection) {
  constexpr int kLoaded = 3;
  wire::GetLoadStateRequest request;
  request.set_collection_name(collection);
  const auto response =
      impl_->Call(impl_->Reading("load_state"), &Service::Stub::GetLoadState, request);
  if (!response) return std::unexpected(response.error());
  return response->state() == kLoaded;
}

Result<std::uint64_t> MilvusClient::Upsert(const std::string& collection, const MilvusRows& rows) {
  const auto response =
      impl_->Call(impl_->Whole("upsert"), &Service::Stub::Upsert, WriteRows(collection, rows));
  if (!response) return std::unexpected(response.error());
  return response->timestamp();
}

Result<std::uint64_t> MilvusClient::Delete(const std::string& collection,
                                           std::span<const std::int64_t> ids) {
  wire::DeleteRequest request;
  request.set_collection_name(collection);
  request.set_expr(IdsFilter(ids));
  const auto response = impl_->Call(impl_->Whole("delete"), &Service::Stub::Delete, request);
  if (!response) return std::unexpected(response.error());
  if (response->timestamp() != 0) return response->timestamp();
  // Milvus 2.3 does not say when it deleted; any time from now on is late enough.
  const auto now =
      impl_->Call(impl_->Reading("timestamp"), &Service::Stub::AllocTimestamp, wire::Empty());
  if (!now) return std::unexpected(now.error());
  return now->timestamp();
}

Status MilvusClient::Flush(const std::string& collection) {
  wire::FlushRequest request;
  request.add_collection_names(collection);
  const auto flushed = impl_->Call(impl_->Whole("flush"), &Service::Stub::Flush, request);
  if (!flushed) return std::unexpected(flushed.error());
  wire::GetFlushStateRequest state;
  state.set_collection_name(collection);
  if (const auto found = flushed->coll_seg_ids().find(collection);
      found != flushed->coll_seg_ids().end())
    *state.mutable_segment_ids() = found->second.data();
  if (const auto found = flushed->coll_flush_ts().find(collection);
      found != flushed->coll_flush_ts().end())
    state.set_flush_ts(found->second);
  return impl_->Poll(fmt::format("flushing {}", collection), [&]() -> Result<bool> {
    const auto response =
        impl_->Call(impl_->Reading("flush_state"), &Service::Stub::GetFlushState, state);
    if (!response) return std::unexpected(response.error());
    return response->flushed();
  });
}

Result<std::vector<std::vector<Hit>>> MilvusClient::Search(const std::string& collection,
                                                           const MilvusSearch& search,
                                                           std::uint64_t seen) {
  const Metric metric = impl_->options.metric;
  wire::SearchRequest request = WriteSearch(collection, search, metric);
  request.set_guarantee_timestamp(seen);
  request.set_consistency_level(LevelOf(seen));
  const auto response = impl_->Call(impl_->Reading("search"), &Service::Stub::Search, request);
  if (!response) return std::unexpected(response.error());
  return ReadHits(*response, static_cast<std::size_t>(request.nq()), metric);
}

Result<MilvusRows> MilvusClient::Query(const std::string& collection, const MilvusQuery& query,
                                       std::uint64_t seen) {
  wire::QueryRequest request = WriteQuery(collection, query);
  request.set_guarantee_timestamp(seen);
  request.set_consistency_level(LevelOf(seen));
  const auto response = impl_->Call(impl_->Whole("query"), &Service::Stub::Query, request);
  if (!response) return std::unexpected(response.error());
  return ReadRows(*response, query, impl_->options.dim);
}

Result<std::size_t> MilvusClient::Count(const std::string& collection, const std::string& filter,
                                        std::uint64_t seen) {
  wire::QueryRequest request;
  request.set_collection_name(collection);
  request.set_expr(filter);
  request.add_output_fields("count(*)");
  request.set_guarantee_timestamp(seen);
  request.set_consistency_level(LevelOf(seen));
  const auto response = impl_->Call(impl_->Reading("count"), &Service::Stub::Query, request);
  if (!response) return std::unexpected(response.error());
  if (response->fields_data_size() != 1 ||
      response->fields_data(0).scalars().long_data().data_size() != 1)
    return Fail(Code::kInternal, "the server's answer is no count");
  return static_cast<std::size_t>(response->fields_data(0).scalars().long_data().data(0));
}

}  // namespace snapshelf
