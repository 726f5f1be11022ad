#include "search/milvus/milvus_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/check.h"
#include "base/log.h"
#include "search/milvus/milvus_impl.h"
#include "search/milvus/milvus_setup.h"
#include "search/queries.h"

namespace snapshelf {
namespace {

using Clock = std::chrono::steady_clock;

// Milvus' words for kEventually and kBounded; 0 is kStrong.
constexpr std::uint64_t kStrongTime = 0;
constexpr std::uint64_t kEventualTime = 1;
constexpr std::uint64_t kBoundedTime = 2;

// So long a failed set-up is not tried again: callers of a server that is away get its error at
// once.
constexpr std::chrono::seconds kSetupPause{1};

// Beyond so many vectors, groups are counted once in so long.
constexpr std::size_t kFewVectors = 100'000;
constexpr std::chrono::minutes kGroupCountPause{1};

/// The last of the records of each id, in Milvus' columns, with prepared values.
MilvusRows RowsOf(std::span<const VectorRecord> records, Metric metric, std::size_t dim) {
  std::unordered_map<VectorId, std::size_t> last;
  for (std::size_t i = 0; i < records.size(); ++i) last[records[i].id] = i;
  MilvusRows rows;
  rows.ids.reserve(last.size());
  rows.groups.reserve(last.size());
  rows.values.reserve(last.size() * dim);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const VectorRecord& record = records[i];
    if (last[record.id] != i) continue;
    rows.ids.push_back(static_cast<std::int64_t>(record.id));
    rows.groups.push_back(static_cast<std::int64_t>(record.group));
    rows.values.insert(rows.values.end(), record.values.begin(), record.values.end());
    PrepareVector(metric, std::span(rows.values).last(dim));
  }
  return rows;
}

Status CheckOptions(const MilvusOptions& options) {
  if (options.endpoints.empty())
    return Fail(Code::kInvalidArgument, "Milvus: no endpoint is named");
  if (options.dim < 1 || options.dim > 32'768)
    return Fail(Code::kInvalidArgument, fmt::format("Milvus: a dim of {}", options.dim));
  if (options.collection.empty())
    return Fail(Code::kInvalidArgument, "Milvus: no collection is named");
  if (!options.ca_file.empty() && std::ifstream(options.ca_file).peek() == EOF)
    return Fail(Code::kInvalidArgument,
                fmt::format("Milvus: the certificates in {} (ca_file) cannot be read, so that no "
                            "server could be trusted",
                            options.ca_file));
  return {};
}

}  // namespace

MilvusIndex::Impl::Impl(const MilvusOptions& of)
    : options(of), client(of), score(of.metric, ActiveKernels()) {}

std::uint64_t MilvusIndex::Impl::Seen() const {
  switch (options.consistency) {
    case MilvusConsistency::kStrong:
      return kStrongTime;
    case MilvusConsistency::kSession:
      return std::max(seen.load(), kEventualTime);
    case MilvusConsistency::kBounded:
      return kBoundedTime;
    case MilvusConsistency::kEventually:
      return kEventualTime;
  }
  return kStrongTime;
}

void MilvusIndex::Impl::Advance(std::uint64_t timestamp) {
  std::uint64_t before = seen.load();
  while (before < timestamp && !seen.compare_exchange_weak(before, timestamp)) {
  }
  ++writes;
}

Error MilvusIndex::Impl::Noticed(Error error) const {
  const bool may_be_gone = error.code == Code::kNotFound || error.code == Code::kUnavailable;
  if (may_be_gone) is_set_up = false;
  return error;
}

MilvusIndex::MilvusIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MilvusIndex::~MilvusIndex() = default;

Result<std::unique_ptr<MilvusIndex>> MilvusIndex::Connect(const MilvusOptions& options) {
  SNAPSHELF_RETURN_IF_ERROR(CheckOptions(options));
  return std::unique_ptr<MilvusIndex>(new MilvusIndex(std::make_unique<Impl>(options)));
}

Result<std::unique_ptr<MilvusIndex>> MilvusIndex::Open(const MilvusOptions& options) {
  auto index = Connect(options);
  if (!index) return index;
  SNAPSHELF_RETURN_IF_ERROR((*index)->Prepare());
  return index;
}

Status MilvusIndex::Impl::SetUp() const {
  if (is_set_up) return {};
  const std::lock_guard lock(setup_mutex);
  if (is_set_up) return {};
  if (setup_failed && Clock::now() < *setup_failed + kSetupPause)
    return std::unexpected(setup_error);
  const Status status = SetUpCollection(client, options);
  is_set_up = status.has_value();
  setup_failed.reset();
  if (!status) {
    setup_error = status.error();
    setup_failed = Clock::now();
  }
  return status;
}

Status MilvusIndex::Prepare() const {
  return impl_->SetUp();
}

Status MilvusIndex::Ready() const {
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  const auto loaded = impl_->client.IsLoaded(impl_->options.collection);
  if (!loaded) return std::unexpected(impl_->Noticed(loaded.error()));
  if (*loaded) return {};
  return std::unexpected(impl_->Noticed(
      {.code = Code::kUnavailable,
       .message = fmt::format("Milvus' collection {} is not loaded", impl_->options.collection)}));
}

int MilvusIndex::dim() const {
  return impl_->options.dim;
}
Metric MilvusIndex::metric() const {
  return impl_->options.metric;
}

Status MilvusIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  if (records.empty()) return {};
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  const std::lock_guard lock(impl_->write_mutex);
  for (std::size_t first = 0; first < records.size(); first += kBatchRows) {
    const auto part = records.subspan(first, std::min(kBatchRows, records.size() - first));
    const auto written = impl_->client.Upsert(
        impl_->options.collection, RowsOf(part, metric(), static_cast<std::size_t>(dim())));
    if (!written) return std::unexpected(impl_->Noticed(written.error()));
    impl_->Advance(*written);
  }
  return {};
}

Status MilvusIndex::Remove(std::span<const VectorId> ids) {
  if (ids.empty()) return {};
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  std::vector<std::int64_t> numbers;
  numbers.reserve(ids.size());
  for (const VectorId id : ids) numbers.push_back(static_cast<std::int64_t>(id));
  const std::lock_guard lock(impl_->write_mutex);
  for (std::size_t first = 0; first < numbers.size(); first += kBatchRows) {
    const auto part =
        std::span(numbers).subspan(first, std::min(kBatchRows, numbers.size() - first));
    const auto written = impl_->client.Delete(impl_->options.collection, part);
    if (!written) return std::unexpected(impl_->Noticed(written.error()));
    impl_->Advance(*written);
  }
  return {};
}

Result<std::vector<Hit>> MilvusIndex::Find(std::span<const float> query,
                                           const FindOptions& options) const {
  return FindOne(*this, query, options);
}

Status MilvusIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  return impl_->Pages(/*filter=*/{}, /*with_values=*/true, [&](const MilvusRows& rows) -> Status {
    const auto dim = static_cast<std::size_t>(impl_->options.dim);
    for (std::size_t i = 0; i < rows.ids.size(); ++i)
      visit({.id = static_cast<VectorId>(rows.ids[i]),
             .group = static_cast<GroupId>(rows.groups[i]),
             .values = std::span(rows.values).subspan(i * dim, dim)});
    return {};
  });
}

Status MilvusIndex::ForEachName(const std::function<void(VectorId, GroupId)>& visit) const {
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  return impl_->Pages(/*filter=*/{}, /*with_values=*/false, [&](const MilvusRows& rows) -> Status {
    for (std::size_t i = 0; i < rows.ids.size(); ++i)
      visit(static_cast<VectorId>(rows.ids[i]), static_cast<GroupId>(rows.groups[i]));
    return {};
  });
}

IndexStats MilvusIndex::stats() const {
  const std::lock_guard lock(impl_->stats_mutex);
  std::optional<Impl::GroupCount>& counted = impl_->counted;
  const std::uint64_t writes = impl_->writes;
  const Status prepared = Prepare();
  const auto vectors = prepared ? impl_->Count() : std::unexpected(prepared.error());
  if (!vectors) {
    LogWarning("vectors cannot be counted: {}", vectors.error().message);
  } else {
    const bool is_due =
        *vectors <= kFewVectors || !counted || Clock::now() > counted->when + kGroupCountPause;
    const bool has_changed = !counted || counted->writes != writes || counted->vectors != *vectors;
    std::unordered_set<std::int64_t> groups;
    const bool has_counted =
        is_due && has_changed &&
        impl_->Pages(/*filter=*/{}, /*with_values=*/false, [&](const MilvusRows& rows) {
          groups.insert(rows.groups.begin(), rows.groups.end());
          return Status{};
        });
    if (has_counted) counted = {.groups = groups.size(), .writes = writes, .when = Clock::now()};
    if (counted) counted->vectors = *vectors;
  }
  const Impl::GroupCount known = counted.value_or(Impl::GroupCount{});
  const std::size_t row_bytes =
      static_cast<std::size_t>(dim()) * sizeof(float) + sizeof(VectorId) + sizeof(GroupId);
  return {.kind = fmt::format("milvus {}", MilvusName(impl_->options.index.type)),
          .vectors = known.vectors,
          .groups = known.groups,
          .memory_bytes = known.vectors * row_bytes};
}

Status MilvusIndex::Settle() const {
  SNAPSHELF_RETURN_IF_ERROR(Prepare());
  SNAPSHELF_RETURN_IF_ERROR(impl_->client.Flush(impl_->options.collection));
  // The server looks for sealed segments once a minute, and at once when an index is asked for.
  (void)impl_->client.CreateIndex(impl_->options.collection, impl_->options.index, metric());
  const auto deadline = Clock::now() + std::chrono::milliseconds(impl_->options.setup_deadline_ms);
  for (;;) {
    const auto index = impl_->client.DescribeIndex(impl_->options.collection);
    if (!index) return std::unexpected(index.error());
    if (*index && (*index)->is_finished && (*index)->pending_rows == 0) return {};
    if (Clock::now() > deadline)
      return Fail(Code::kDeadlineExceeded, "Milvus has not built its index in time");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Status MilvusIndex::Drop() {
  const std::lock_guard lock(impl_->write_mutex);
  const Status dropped = impl_->client.Drop(impl_->options.collection);
  impl_->is_set_up = false;
  return dropped;
}

}  // namespace snapshelf
