#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/metric.h"
#include "search/top_hits.h"
#include "search/vector_table.h"

namespace snapshelf {

/// Scores rows [from_row, to_row) of `view` against every query and offers them to its TopHits
/// (tops[i] belongs to query i). Rows that are dead or that filter or `only` refuse cost no
/// distance; for several queries each row is read from memory once.
///
/// queries   [count, dim] floats row-major, prepared; count = tops.size().
void ScanRows(const VectorTable::View& view, std::size_t from_row, std::size_t to_row,
              const Scorer& score, std::span<const float> queries, const FindOptions& options,
              std::span<TopHits> tops);

/// The same for `rows`, which are alive.
void ScanList(const VectorTable::View& view, std::span<const std::size_t> rows, const Scorer& score,
              std::span<const float> queries, const FindOptions& options, std::span<TopHits> tops);

/// The TopHits of all queries among what options.only names: of a list, only its rows are looked
/// at, unless a writer is at work at that moment and all rows must be asked.
[[nodiscard]] std::vector<TopHits> ScanOnly(const VectorTable& table, const Scorer& score,
                                            std::span<const float> queries,
                                            const FindOptions& options);

}  // namespace snapshelf
