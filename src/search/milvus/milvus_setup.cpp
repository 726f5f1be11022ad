#include "search/milvus/milvus_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/check.h"

namespace snapshelf {
namespace {

// The description tells whose a collection is. The number changes when the fields do.
constexpr std::string_view kMark = "snapshelf 1; ";

// Milvus builds no index for fewer rows than 1,024.
constexpr std::size_t kProbeRows = 1'100;
constexpr int kProbeDim = 32;
// What is built at all is built within a second; what is not compiled in is tried again for ever.
constexpr std::chrono::seconds kProbeTime{20};
constexpr std::chrono::milliseconds kPoll{50};

std::string DescriptionOf(const MilvusOptions& options) {
  return fmt::format("{}metric={}; model={}", kMark, MilvusName(options.metric), options.model_id);
}

Status CheckOurs(const MilvusOptions& options, const MilvusCollection& found) {
  const std::string& name = options.collection;
  for (const char* field : {kIdField, kGroupField, kVectorField})
    if (!found.description.starts_with(kMark) ||
        std::ranges::find(found.fields, field) == found.fields.end())
      return Fail(Code::kAlreadyExists,
                  fmt::format("Milvus' collection {} was made by another program (its fields are "
                              "{}, its description is '{}'): choose another name",
                              name, fmt::join(found.fields, ", "), found.description));
  if (found.dim != options.dim)
    return Fail(Code::kInvalidArgument,
                fmt::format("Milvus' collection {} holds vectors of {} values, the model makes {}",
                            name, found.dim, options.dim));
  if (const std::string wanted = DescriptionOf(options); found.description != wanted)
    return Fail(Code::kInvalidArgument,
                fmt::format("Milvus' collection {} was made for '{}', wanted is '{}'", name,
                            found.description, wanted));
  return {};
}

std::string NamesOf(std::span<const MilvusIndexType> types) {
  std::vector<std::string_view> names;
  for (const MilvusIndexType type : types) names.push_back(MilvusName(type));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The error that a kind of index cannot be had, with those that can.
std::unexpected<Error> NoSuchIndex(MilvusClient& client, MilvusIndexType type,
                                   std::string_view reason) {
  const auto version = client.Version();
  std::vector<MilvusIndexType> others;
  std::ranges::copy_if(AllMilvusIndexTypes(), std::back_inserter(others),
                       [type](MilvusIndexType other) { return other != type; });
  const auto types = ProbeIndexTypes(client, others);
  return Fail(
      Code::kUnimplemented,
      fmt::format("Milvus {} cannot build index {} ({}); it has {}", version ? *version : "",
                  MilvusName(type), reason, types ? NamesOf(*types) : "none that could be tried"));
}

Status SetUpIndex(MilvusClient& client, const MilvusOptions& options) {
  auto found = client.DescribeIndex(options.collection);
  if (!found) return std::unexpected(found.error());
  const MilvusIndexType type = options.index.type;
  if (*found) {
    const bool same = (*found)->type == MilvusName(type) || type == MilvusIndexType::kAutoIndex;
    if (same && (*found)->metric == MilvusName(options.metric)) return {};
    return Fail(Code::kInvalidArgument,
                fmt::format("Milvus' collection {} has index {} by {}, wanted is {} by {}",
                            options.collection, (*found)->type, (*found)->metric, MilvusName(type),
                            MilvusName(options.metric)));
  }
  // A server without one of these accepts the wish and then fails to build, for ever.
  if (type == MilvusIndexType::kDiskAnn || type == MilvusIndexType::kScann) {
    const auto has = ProbeIndexTypes(client, std::span(&type, 1));
    if (!has) return std::unexpected(has.error());
    if (has->empty()) return NoSuchIndex(client, type, "building it fails");
  }
  const Status created = client.CreateIndex(options.collection, options.index, options.metric);
  if (created) return {};
  const bool is_refusal =
      created.error().code == Code::kInvalidArgument || created.error().code == Code::kInternal;
  return is_refusal ? NoSuchIndex(client, type, created.error().message) : created;
}

/// A collection for probes that is dropped with its owner.
class Scratch {
 public:
  explicit Scratch(MilvusClient& client)
      : client_(client),
        name_(fmt::format("snapshelf_probe_{}_{}", ::getpid(), std::random_device{}())) {}
  ~Scratch() { (void)client_.Drop(name_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  /// The client's dim does not matter for writing.
  Status Fill() {
    SNAPSHELF_RETURN_IF_ERROR(client_.Create(name_, std::string(kMark) + "probe", kProbeDim));
    std::minstd_rand random(1);
    std::normal_distribution<float> normal;
    MilvusRows rows;
    for (std::size_t i = 0; i < kProbeRows; ++i) rows.ids.push_back(static_cast<std::int64_t>(i));
    rows.groups = rows.ids;
    for (std::size_t i = 0; i < kProbeRows * kProbeDim; ++i) rows.values.push_back(normal(random));
    SNAPSHELF_RETURN_IF_ERROR(client_.Upsert(name_, rows));
    return client_.Flush(name_);
  }

  [[nodiscard]] bool CanBuild(MilvusIndexType type) {
    const MilvusIndexParams params{.type = type, .lists = 16, .parts = 8};
    if (!client_.CreateIndex(name_, params, Metric::kL2)) return false;
    const auto deadline = std::chrono::steady_clock::now() + kProbeTime;
    bool is_built = false;
    while (!is_built && std::chrono::steady_clock::now() < deadline) {
      const auto index = client_.DescribeIndex(name_);
      is_built = index && *index && (*index)->is_finished && (*index)->pending_rows == 0;
      if (index && *index && !(*index)->failure.empty()) break;
      std::this_thread::sleep_for(kPoll);
    }
    return client_.DropIndex(name_) && is_built;
  }

 private:
  MilvusClient& client_;
  std::string name_;
};

}  // namespace

Status SetUpCollection(MilvusClient& client, const MilvusOptions& options) {
  auto found = client.Describe(options.collection);
  if (!found) return std::unexpected(found.error());
  if (!*found) {
    const Status created =
        client.Create(options.collection, DescriptionOf(options), options.dim, options.partitions);
    found = client.Describe(options.collection);
    if (!found) return std::unexpected(found.error());
    // Another process may have made it in between: then Create failed, and it is looked at.
    if (!*found)
      return created ? Fail(Code::kUnavailable, "the new collection is not there") : created;
  }
  SNAPSHELF_RETURN_IF_ERROR(CheckOurs(options, **found));
  SNAPSHELF_RETURN_IF_ERROR(SetUpIndex(client, options));
  // Also where it is loaded: the server refuses another number of replicas then, or changes it.
  return client.Load(options.collection, options.replicas);
}

Result<std::vector<MilvusIndexType>> ProbeIndexTypes(MilvusClient& client,
                                                     std::span<const MilvusIndexType> types) {
  Scratch scratch(client);
  if (const Status filled = scratch.Fill(); !filled) return std::unexpected(filled.error());
  std::vector<MilvusIndexType> can;
  std::ranges::copy_if(types, std::back_inserter(can),
                       [&](MilvusIndexType type) { return scratch.CanBuild(type); });
  return can;
}

}  // namespace snapshelf
