#include "search/scan.h"

#include "base/check.h"

namespace snapshelf {

void ScanRows(const VectorTable::View& view, std::size_t from_row, std::size_t to_row,
              const Scorer& score, std::span<const float> queries, const FindOptions& options,
              std::span<TopHits> tops) {
  SNAPSHELF_CHECK(to_row <= view.rows());
  if (tops.empty()) return;
  const std::size_t dim = queries.size() / tops.size();
  for (std::size_t row = from_row; row < to_row; ++row) {
    if (!view.IsLive(row)) continue;
    const GroupId group = view.group(row);
    if (options.filter != nullptr && !(*options.filter)(group)) continue;
    const float* const values = view.values(row);
    for (std::size_t i = 0; i < tops.size(); ++i) {
      const float value = score(queries.data() + i * dim, values, dim);
      if (value >= tops[i].floor())
        tops[i].Offer({.id = view.id(row), .group = group, .score = value});
    }
  }
}

}  // namespace snapshelf
