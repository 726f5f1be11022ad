#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "snapshelf/vector_index.h"

namespace snapshelf {
namespace {

// Beyond it a squared length leaves float32 (3.4e38), and scores would be infinite or no numbers.
constexpr double kMaxLength = 1e18;

/// What is wrong with the vector, or success.
Status CheckValues(int dim, Metric metric, std::span<const float> values) {
  if (values.size() != static_cast<std::size_t>(dim))
    return Fail(Code::kInvalidArgument,
                fmt::format("{} values, but the index has {}", values.size(), dim));
  double squared_length = 0;
  for (const float value : values) {
    if (!std::isfinite(value))
      return Fail(Code::kInvalidArgument, fmt::format("a value is {}", value));
    squared_length += static_cast<double>(value) * value;
  }
  if (metric == Metric::kCosine && squared_length == 0)
    return Fail(Code::kInvalidArgument, "all values are zero, which has no direction");
  if (metric != Metric::kCosine && squared_length > kMaxLength * kMaxLength)
    return Fail(Code::kInvalidArgument,
                fmt::format("length {:g}, above {:g}", std::sqrt(squared_length), kMaxLength));
  return {};
}

Status CheckSet(const char* name, const VectorSet& set) {
  if (std::ranges::is_sorted(set.ids) && std::ranges::is_sorted(set.groups)) return {};
  return Fail(Code::kInvalidArgument, fmt::format("{} is not in ascending order", name));
}

}  // namespace

Status CheckFind(const VectorIndex& index, std::span<const float> query,
                 const FindOptions& options) {
  if (options.k < 1 || options.k > kMaxK)
    return Fail(Code::kInvalidArgument,
                fmt::format("k is {}, allowed are 1 to {}", options.k, kMaxK));
  if (options.min_score && std::isnan(*options.min_score))
    return Fail(Code::kInvalidArgument, "min_score is not a number");
  if (!(options.reach >= 0 && options.reach <= 1))
    return Fail(Code::kInvalidArgument,
                fmt::format("reach is {}, allowed are 0 to 1", options.reach));
  SNAPSHELF_RETURN_IF_ERROR(CheckSet("exclude", options.exclude));
  if (options.only) SNAPSHELF_RETURN_IF_ERROR(CheckSet("only", *options.only));
  if (auto status = CheckValues(index.dim(), index.metric(), query); !status)
    return Annotate("query", std::move(status).error());
  return {};
}

Status CheckRecords(int dim, Metric metric, std::span<const VectorRecord> records) {
  for (const VectorRecord& record : records)
    if (auto status = CheckValues(dim, metric, record.values); !status)
      return Annotate(fmt::format("vector {}", record.id), std::move(status).error());
  return {};
}

}  // namespace snapshelf
