#include "search/graph/walk_plan.h"

#include <algorithm>
#include <cstdint>

namespace snapshelf {
namespace {

// Rows asked of the graph at least: recall@10 .95 and more (docs/design/0002-vector-index.md).
constexpr std::size_t kRowsMin = 200;
// Rows asked for each one needed: the last of them are the least certain.
constexpr double kSpare = 2;
constexpr std::size_t kSampleRows = 256;

// Costs relative to one row that a scan scores (60 ns at 256 floats, read in order).
constexpr double kWalkedRowCost = 25;     // about 20 distances, read out of order
constexpr double kFilteredRowCost = 0.1;  // a row that a scan skips

/// The i-th row of a sample without a period: rows that follow each other often belong together.
std::size_t SpreadRow(std::size_t i, std::size_t rows) {
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // of 2^64: Weyl's sequence
  return static_cast<std::size_t>(((i * kGoldenRatio) >> 32) * rows >> 32);
}

double ShareThatPasses(const VectorTable::View& view, const FindOptions& options) {
  if (view.rows() == 0) return 1;
  const std::size_t seen = std::min(view.rows(), kSampleRows);
  std::size_t passed = 0;
  for (std::size_t i = 0; i < seen; ++i) {
    const std::size_t row = SpreadRow(i, view.rows());
    if (view.IsLive(row) && (options.filter == nullptr || (*options.filter)(view.group(row))))
      ++passed;
  }
  // Half a row more: a filter that let none of the sample pass still lets some of the rest pass.
  return std::min(1.0, (static_cast<double>(passed) + 0.5) / static_cast<double>(seen));
}

}  // namespace

WalkPlan PlanWalk(const VectorTable::View& view, const FindOptions& options) {
  const auto rows = static_cast<double>(view.rows());
  const double share = ShareThatPasses(view, options);
  const double rows_per_group =
      options.one_per_group && view.groups() > 0
          ? static_cast<double>(view.live()) / static_cast<double>(view.groups())
          : 1;
  const double wanted = kSpare * options.k * rows_per_group / share;
  const double scan_cost = rows * (share + kFilteredRowCost);
  const auto rows_max = static_cast<std::size_t>(scan_cost / kWalkedRowCost);
  WalkPlan plan;
  const std::size_t rows_min =
      options.window > 0 ? static_cast<std::size_t>(options.window) : kRowsMin;
  plan.rows = std::max(rows_min, static_cast<std::size_t>(std::min(wanted, rows)));
  plan.rows_max = std::max(rows_max, rows_min);
  plan.scan = plan.rows > plan.rows_max;
  return plan;
}

}  // namespace snapshelf
