#include "search/graph/walk_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace snapshelf {
namespace {

// docs/design/0011-embedded-engine.md has the measurements behind these.
constexpr std::size_t kWindowMin = 100;
// Beyond a million rows more lie near a query: the window grows, to 695 at 30 million, so that one
// in twenty of the true nearest is missed at most.
double LeastWindow(double rows) {
  return static_cast<double>(kWindowMin) * std::pow(std::clamp(rows / 1e6, 1.0, 100.0), 0.57);
}
// How much farther than the k-th nearest found a walk goes on: a little more where more rows are
// between, so that one in twenty of the true nearest is missed at most.
double DefaultReach(double rows) {
  constexpr double kReach = 0.08;        // up to three million rows
  constexpr double kReachGrowth = 0.01;  // from there to ten times as many
  return kReach + kReachGrowth * std::log10(std::clamp(rows / 3e6, 1.0, 100.0));
}
// Rows that pass are linked less well to each other than all are.
constexpr double kFilteredReach = 0.04;
// Where many rows are nearly as near, a walk has to end some time: twice as late gives .001 to .004
// of recall, and takes the slowest of a hundred half as long again.
constexpr double kMostWindows = 2;
// Candidates followed at least: the first that are found need not be near.
constexpr double kLeastFollowed = 20;
// Who names a reach may want a short walk: as many of those.
constexpr double kLeastOfNamedReach = 0.6;
// Of the other vectors of k groups that many lie before the best one of the k-th, about.
constexpr double kNearerOfGroups = 0.5;
// Candidates kept for each one needed: the last of them are the least certain.
constexpr double kSpare = 2;
// Passing rows kept for each one wanted without a filter: that many at 100,000 rows, and more with
// the root of their number up to four times as many. Filters that go with the vectors leave rows on
// one side of the query only, and those next to each other are linked less well.
constexpr double kFilteredSpare = 4;
double FilteredSpare(double rows) {
  return kFilteredSpare * std::clamp(std::sqrt(rows / 100'000), 1.0, 4.0);
}
// In larger graphs a walk through a crowd misses one in ten, however wide it is: some rows have few
// edges that lead to them. A scan takes ten times as long, and finds them.
constexpr double kRowsOfLostCrowds = 1e7;
// Asked for the share that passes: until so many have passed, but not more.
constexpr std::size_t kSamplePassing = 64;
constexpr std::size_t kSampleRows = 4096;

// Costs relative to one row whose code a scan scores (15 ns).
constexpr double kFilteredRowCost = 0.3;  // a row that a scan asks the filter for
/// About 15 distances read out of order, and with a filter as many looks at what passes: the more
/// rows, the fewer of them are in a cache.
double CandidateCost(double rows, bool filtered) {
  constexpr double kAtAMillion = 50;
  return (filtered ? 2 : 1) * kAtAMillion * std::pow(std::max(rows, 1.0) / 1e6, 0.3);
}

/// The i-th row of a sample without a period: rows that follow each other often belong together.
std::size_t SpreadRow(std::size_t i, std::size_t rows) {
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // of 2^64: Weyl's sequence
  return static_cast<std::size_t>(((i * kGoldenRatio) >> 32) * rows >> 32);
}

/// Of the live rows, by a sample; rather too little, for a walk that meets too few of those that
/// pass misses some: a standard error less than in the sample, and half a row more, since a filter
/// that lets none of the sample pass still lets some of the rest pass.
double ShareThatPasses(const VectorTable::View& view, const GroupFilter& filter) {
  std::size_t seen = 0;
  std::size_t passed = 0;
  const std::size_t most = std::min(view.rows(), kSampleRows);
  for (std::size_t i = 0; i < most && passed < kSamplePassing; ++i) {
    const std::size_t row = SpreadRow(i, view.rows());
    if (!view.IsLive(row)) continue;
    ++seen;
    if (filter(view.group(row))) ++passed;
  }
  if (passed == seen) return 1;
  const auto count = static_cast<double>(passed);
  return (count - std::sqrt(count) + 0.5) / (static_cast<double>(seen) + 0.5);
}

}  // namespace

WalkPlan PlanWalk(const VectorTable::View& view, const FindOptions& options) {
  if (view.live() == 0) return {.scan = true};
  const auto rows = static_cast<double>(view.rows());
  const auto live = static_cast<double>(view.live());
  const double passing = options.filter == nullptr ? 1 : ShareThatPasses(view, *options.filter);
  const double rows_per_group =
      options.one_per_group ? live / static_cast<double>(view.groups()) : 1;
  // All that is excluded may be nearer than the hits.
  const double excluded = static_cast<double>(options.exclude.ids.size()) +
                          static_cast<double>(options.exclude.groups.size()) * live /
                              static_cast<double>(view.groups());
  const double wanted_rows = options.k * rows_per_group + excluded;
  const double nearest_rows = options.k * (1 + kNearerOfGroups * (rows_per_group - 1)) + excluded;
  // Who names a window knows what it is to cost: it only has room for all that is wanted.
  const double least = options.window > 0 ? options.window : LeastWindow(rows);
  const double spare_wanted = options.window > 0 ? wanted_rows : kSpare * wanted_rows;
  const double needed = std::max(least, spare_wanted);
  // Dead rows take places in the window; those that the filter refuses have to be walked through,
  // but only the hits must be among what is met then.
  const double share = passing * live / rows;
  const double wanted = std::max(needed * rows / live, spare_wanted / share);
  const double scan_cost = live * passing + rows * kFilteredRowCost;
  const double candidate_cost = CandidateCost(rows, options.filter != nullptr);
  WalkPlan plan;
  plan.window = static_cast<std::size_t>(std::min(wanted, rows));
  plan.window_max = static_cast<std::size_t>(std::max(scan_cost / candidate_cost, least));
  const double reach = options.reach > 0 ? options.reach : DefaultReach(rows);
  const double stretch = 1 + reach + (options.filter == nullptr ? 0 : kFilteredReach);
  const auto count = [&](double candidates) {  // dead rows among them
    return static_cast<std::size_t>(std::clamp(candidates * rows / live, 1.0, rows));
  };
  plan.reach = {.window = count(std::max(kMostWindows * least, spare_wanted)),
                .least = count((options.reach > 0 ? kLeastOfNamedReach : 1) *
                               std::max(kLeastFollowed, spare_wanted)),
                .nearest = count(nearest_rows),
                .stretch2 = static_cast<float>(stretch * stretch)};
  if (options.window > 0) plan.reach = {.window = plan.window};
  if (options.filter != nullptr) plan.reach.window = plan.window;
  plan.walks_lose_crowds = rows > kRowsOfLostCrowds;
  const double spare = options.filter == nullptr ? 0 : FilteredSpare(rows);
  plan.kept = static_cast<std::size_t>(std::min(std::max(1.0, spare) * needed, rows));
  plan.scan = plan.window > plan.window_max || (wanted + spare * needed) * candidate_cost >
                                                   std::max(scan_cost, least * candidate_cost);
  return plan;
}

WalkReach Widened(const WalkReach& reach, std::size_t times) {
  return {.window = reach.window * times,
          .least = reach.least * times,
          .nearest = reach.nearest * times,
          .stretch2 = reach.stretch2};
}

}  // namespace snapshelf
