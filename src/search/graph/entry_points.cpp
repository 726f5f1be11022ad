#include "search/graph/entry_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "search/graph/walk.h"

namespace snapshelf {
namespace {

constexpr std::size_t kBuckets = 4;             // looked into
constexpr std::size_t kEntries = 8;             // started from
constexpr std::size_t kFilteredEntries = 8192;  // asked the filter for

}  // namespace

void EntryPoints::Codes::Append(const Codec& codec, const GraphRows& rows, Row row) {
  const std::uint8_t* const plane = rows.upper(row);
  planes.insert(planes.end(), plane, plane + codec.plane_bytes());
  terms.push_back(rows.terms(row));
}

void EntryPoints::Codes::Offer(const Codec& codec, const CodeQuery& query,
                               std::span<const Row> numbers, Pool& pool) const {
  thread_local std::vector<std::int32_t> dots;
  dots.resize(numbers.size());
  codec.Dots(query, planes.data(), numbers, dots.data());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    pool.Offer(codec.CoarseKey(query, dots[i], terms[numbers[i]]), numbers[i]);
}

EntryPoints::EntryPoints(const Codec& codec, const GraphRows& rows, std::span<const Row> sample,
                         const std::function<GroupId(Row)>& group_of) {
  const auto leader_count = static_cast<std::size_t>(std::sqrt(static_cast<double>(sample.size())));
  for (std::size_t i = 0; i < leader_count; ++i) leaders_.Append(codec, rows, sample[i]);
  std::vector<std::pair<std::uint32_t, Row>> bucket_of;
  Codec::RowCode code;
  for (const Row row : sample) {
    codec.Unpack(rows.upper(row), rows.terms(row), code);
    std::uint32_t best = 0;
    float best_distance = std::numeric_limits<float>::infinity();
    for (std::uint32_t i = 0; i < leader_count; ++i) {
      const float distance = codec.RowDistance(
          code, leaders_.planes.data() + i * codec.plane_bytes(), leaders_.terms[i]);
      if (distance >= best_distance) continue;
      best_distance = distance;
      best = i;
    }
    bucket_of.emplace_back(best, row);
  }
  std::ranges::sort(bucket_of);
  for (const auto& [bucket, row] : bucket_of) {
    while (bucket_starts_.size() <= bucket)
      bucket_starts_.push_back(static_cast<std::uint32_t>(member_rows_.size()));
    members_.Append(codec, rows, row);
    member_rows_.push_back(row);
    member_groups_.push_back(group_of(row));
  }
  while (bucket_starts_.size() <= leader_count)
    bucket_starts_.push_back(static_cast<std::uint32_t>(member_rows_.size()));
}

void EntryPoints::Nearest(const Codec& codec, const CodeQuery& query,
                          std::vector<Candidate>& out) const {
  thread_local Pool buckets;
  thread_local std::vector<Row> numbers;
  numbers.resize(leaders_.terms.size());
  std::iota(numbers.begin(), numbers.end(), Row{0});
  buckets.Reset(kBuckets);
  leaders_.Offer(codec, query, numbers, buckets);
  numbers.clear();
  for (const Candidate& bucket : buckets.candidates())
    for (Row i = bucket_starts_[bucket.row]; i < bucket_starts_[bucket.row + 1]; ++i)
      numbers.push_back(i);
  out.clear();
  AddNearest(codec, query, numbers, out);
}

void EntryPoints::NearestPassing(const Codec& codec, const CodeQuery& query,
                                 const GroupFilter& filter, std::vector<Candidate>& out) const {
  thread_local std::vector<Row> numbers;
  numbers.clear();
  const std::size_t step = member_rows_.size() / kFilteredEntries + 1;
  for (std::size_t i = 0; i < member_rows_.size(); i += step)
    if (filter(member_groups_[i])) numbers.push_back(static_cast<Row>(i));
  AddNearest(codec, query, numbers, out);
}

void EntryPoints::AddNearest(const Codec& codec, const CodeQuery& query,
                             std::span<const Row> numbers, std::vector<Candidate>& out) const {
  thread_local Pool nearest;
  nearest.Reset(kEntries);
  members_.Offer(codec, query, numbers, nearest);
  for (const Candidate& member : nearest.candidates())
    out.push_back({.key = member.key, .row = member_rows_[member.row]});
}

std::size_t EntryPoints::memory_bytes() const {
  return leaders_.planes.size() + members_.planes.size() +
         (leaders_.terms.size() + members_.terms.size()) * sizeof(CodeTerms) +
         (member_rows_.size() + bucket_starts_.size()) * sizeof(Row) +
         member_groups_.size() * sizeof(GroupId);
}

}  // namespace snapshelf
