#include "search/queries.h"

#include <fmt/format.h>

#include "base/check.h"
#include "search/metric.h"

namespace snapshelf {

Result<std::vector<float>> PrepareQueries(const VectorIndex& index, std::span<const float> queries,
                                          const FindOptions& options) {
  const auto dim = static_cast<std::size_t>(index.dim());
  if (queries.size() % dim != 0)
    return Fail(Code::kInvalidArgument,
                fmt::format("queries: {} values are no whole number of vectors of {}",
                            queries.size(), dim));
  std::vector<float> prepared(queries.begin(), queries.end());
  for (std::size_t start = 0; start < queries.size(); start += dim) {
    SNAPSHELF_RETURN_IF_ERROR(CheckFind(index, queries.subspan(start, dim), options));
    PrepareVector(index.metric(), std::span(prepared).subspan(start, dim));
  }
  return prepared;
}

Result<std::vector<Hit>> FindOne(const VectorIndex& index, std::span<const float> query,
                                 const FindOptions& options) {
  SNAPSHELF_RETURN_IF_ERROR(CheckFind(index, query, options));
  auto answers = index.FindBatch(query, options);
  if (!answers) return std::unexpected(std::move(answers).error());
  return std::move(answers->front());
}

}  // namespace snapshelf
