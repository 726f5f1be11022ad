#include "search/scan.h"

#include "base/check.h"

namespace snapshelf {

namespace {

void ScanRow(const VectorTable::View& view, std::size_t row, const Scorer& score,
             std::span<const float> queries, const FindOptions& options, std::span<TopHits> tops) {
  const GroupId group = view.group(row);
  if (options.filter != nullptr && !(*options.filter)(group)) return;
  const std::size_t dim = queries.size() / tops.size();
  const float* const values = view.values(row);
  for (std::size_t i = 0; i < tops.size(); ++i) {
    const float value = score(queries.data() + i * dim, values, dim);
    if (value >= tops[i].floor())
      tops[i].Offer({.id = view.id(row), .group = group, .score = value});
  }
}

}  // namespace

void ScanRows(const VectorTable::View& view, std::size_t from_row, std::size_t to_row,
              const Scorer& score, std::span<const float> queries, const FindOptions& options,
              std::span<TopHits> tops) {
  SNAPSHELF_CHECK(to_row <= view.rows());
  if (tops.empty()) return;
  for (std::size_t row = from_row; row < to_row; ++row) {
    if (!view.IsLive(row)) continue;
    if (options.only && !options.only->Contains(view.id(row), view.group(row))) continue;
    ScanRow(view, row, score, queries, options, tops);
  }
}

void ScanList(const VectorTable::View& view, std::span<const std::size_t> rows, const Scorer& score,
              std::span<const float> queries, const FindOptions& options, std::span<TopHits> tops) {
  if (tops.empty()) return;
  for (const std::size_t row : rows) ScanRow(view, row, score, queries, options, tops);
}

std::vector<TopHits> ScanOnly(const VectorTable& table, const Scorer& score,
                              std::span<const float> queries, const FindOptions& options) {
  auto tops = MakeTops(queries.size() / static_cast<std::size_t>(table.dim()), options);
  if (const auto selection = table.TrySelect(*options.only)) {
    ScanList(selection->view, selection->rows, score, queries, options, tops);
    return tops;
  }
  const VectorTable::View view = table.view();
  ScanRows(view, 0, view.rows(), score, queries, options, tops);
  return tops;
}

}  // namespace snapshelf
