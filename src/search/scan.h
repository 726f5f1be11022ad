#pragma once

#include <cstddef>
#include <span>

#include "search/metric.h"
#include "search/top_hits.h"
#include "search/vector_table.h"

namespace snapshelf {

/// Scores rows [from_row, to_row) of `view` against every query and offers them to its TopHits
/// (tops[i] belongs to query i). Rows that are dead or that `options.filter` refuses cost no
/// distance; for several queries each row is read from memory once.
///
/// queries   [count, dim] floats row-major, prepared; count = tops.size().
void ScanRows(const VectorTable::View& view, std::size_t from_row, std::size_t to_row,
              const Scorer& score, std::span<const float> queries, const FindOptions& options,
              std::span<TopHits> tops);

}  // namespace snapshelf
