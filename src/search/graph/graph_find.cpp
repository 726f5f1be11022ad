#include "search/graph/graph_find.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "search/scan.h"

namespace snapshelf {
namespace {

// Rows asked for before they are needed.
constexpr std::size_t kAhead = 8;
// The steps of an upper plane are that many of both.
constexpr float kCoarseSteps = 16;

}  // namespace

struct GraphFinder::Scratch {
  CodeQuery query;
  GraphWalk walk;
  Pool pool;
  std::vector<Row> rows;
  std::vector<std::int32_t> dots;
};

GraphFinder::GraphFinder(const GraphState& state, VectorTable::View view, const Scorer& score,
                         const FindOptions& options, const WalkPlan& plan, bool scores_by_codes)
    : view_(std::move(view)),
      covered_(std::min(state.covered(), view_.rows())),
      graph_(state.graph()),
      has_lower_planes_(state.has_lower_planes()),
      score_(score),
      options_(options),
      plan_(plan),
      scores_by_codes_(scores_by_codes) {}

void GraphFinder::PrefetchValues(Row row) const {
  const float* const values = view_.values(row);
  constexpr std::size_t kLineFloats = 16;
  for (std::size_t i = 0; i < view_.stride(); i += kLineFloats) __builtin_prefetch(values + i);
}

bool GraphFinder::Passes(Row row) const {
  return row < covered_ && view_.IsLive(row) &&
         (options_.filter == nullptr || (*options_.filter)(view_.group(row)));
}

bool GraphFinder::Find(std::span<const float> query, TopHits& top) const {
  if (graph_ == nullptr || covered_ == 0) return false;
  thread_local Scratch scratch;
  graph_->codec().PrepareQuery(query.data(), scratch.query);
  const auto every = [](std::size_t i) { return static_cast<Row>(i); };
  if ((plan_.scan || !Walk(query, scratch, top)) &&
      !ScanCodes(covered_, every, query, scratch, top))
    return false;
  // What is not in the graph yet.
  ScanRows(view_, covered_, view_.rows(), score_, query, options_, std::span(&top, 1));
  return true;
}

bool GraphFinder::FindAmong(std::span<const std::size_t> rows, std::span<const float> query,
                            TopHits& top) const {
  if (graph_ == nullptr) return false;
  thread_local Scratch scratch;
  graph_->codec().PrepareQuery(query.data(), scratch.query);
  const auto coded =
      static_cast<std::size_t>(std::ranges::lower_bound(rows, covered_) - rows.begin());
  const auto listed = [rows](std::size_t i) { return static_cast<Row>(rows[i]); };
  if (!ScanCodes(coded, listed, query, scratch, top)) return false;
  ScanList(view_, rows.subspan(coded), score_, query, options_, std::span(&top, 1));
  return true;
}

bool GraphFinder::Walk(std::span<const float> query, Scratch& scratch, TopHits& top) const {
  const auto passes = [this](Row row) { return Passes(row); };
  const auto fails = [&](const Candidate& candidate) { return !Passes(candidate.row); };
  // Inner products are no distances that a reach could be a share of.
  const bool has_distances = graph_->codec().metric() != Metric::kInnerProduct;
  for (std::size_t window = plan_.window; window <= plan_.window_max; window *= 2) {
    const WalkReach reach =
        has_distances ? Widened(plan_.reach, window / plan_.window) : WalkReach{.window = window};
    top = TopHits(options_);
    if (options_.filter == nullptr) {
      graph_->Find(scratch.query, reach, scratch.walk);
      std::erase_if(scratch.walk.found(), fails);
      if (OfferBest(query, scratch.query, scratch.walk.found(), top)) return true;
    } else {
      const WalkFilter filter{.row_passes = passes,
                              .group_passes = *options_.filter,
                              .kept = plan_.kept * window / plan_.window};
      graph_->Find(scratch.query, reach, scratch.walk, &filter);
      if (plan_.walks_lose_crowds && scratch.walk.WasCutOff()) return false;
      if (scratch.walk.EndedAmongCopies()) return false;
      if (OfferBest(query, scratch.query, scratch.walk.passing(), top)) return true;
    }
  }
  return false;
}

/// Looks at the code of every row that passes, of the `count` rows that `row_at` gives.
template <class RowAt>
bool GraphFinder::ScanCodes(std::size_t count, const RowAt& row_at, std::span<const float> query,
                            Scratch& scratch, TopHits& top) const {
  constexpr std::size_t kBlockRows = 256;
  const Codec& codec = graph_->codec();
  const GraphRows& rows = graph_->rows();
  const bool planes_suffice = rows.PlanesSuffice(scratch.query);
  scratch.pool.Reset(plan_.kept);
  std::size_t passed = 0;
  const auto score_block = [&] {
    scratch.dots.resize(scratch.rows.size());
    codec.Dots(scratch.query, rows.upper(0), scratch.rows, scratch.dots.data());
    for (std::size_t i = 0; i < scratch.rows.size(); ++i)
      scratch.pool.Offer(codec.CoarseKey(scratch.query, scratch.dots[i],
                                         rows.CoarseTerms(scratch.rows[i], planes_suffice)),
                         scratch.rows[i]);
    passed += scratch.rows.size();
    scratch.rows.clear();
  };
  for (std::size_t i = 0; i < count; ++i) {
    const Row row = row_at(i);
    if (!Passes(row)) continue;
    rows.PrefetchCoarse(row, planes_suffice);
    scratch.rows.push_back(row);
    if (scratch.rows.size() == kBlockRows) score_block();
  }
  score_block();
  top = TopHits(options_);
  return OfferBest(query, scratch.query, scratch.pool.candidates(), top) || passed <= plan_.kept;
}

/// As OfferBest, without a look at the vectors.
bool GraphFinder::OfferByCodes(const CodeQuery& code, std::span<const Candidate> candidates,
                               TopHits& top) const {
  for (const Candidate& candidate : candidates) {
    const float score = graph_->codec().ScoreOf(code, candidate.key);
    if (score < top.floor()) return true;  // so are all behind it
    top.Offer({.id = view_.id(candidate.row), .group = view_.group(candidate.row), .score = score});
  }
  return top.full();
}

/// Puts the candidates in the order of both planes.
void GraphFinder::Refine(const CodeQuery& query, std::vector<Candidate>& candidates) const {
  thread_local std::vector<std::uint8_t> upper;
  upper.resize(graph_->codec().plane_bytes());
  const GraphRows& rows = graph_->rows();
  const std::size_t count = candidates.size();
  for (std::size_t i = 0; i < std::min(kAhead, count); ++i) rows.PrefetchFine(candidates[i].row);
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) rows.PrefetchFine(candidates[i + kAhead].row);
    const Row row = candidates[i].row;
    rows.CopyUpper(row, upper.data());
    candidates[i].key =
        graph_->codec().FineKey(query, upper.data(), rows.lower(row), rows.terms(row));
  }
  std::ranges::sort(candidates, {}, &Candidate::key);
}

/// Offers the best of the candidates; false if they were too few for k hits.
bool GraphFinder::OfferBest(std::span<const float> query, const CodeQuery& code,
                            std::vector<Candidate>& candidates, TopHits& top) const {
  if (has_lower_planes_) {
    Refine(code, candidates);
    if (scores_by_codes_) return OfferByCodes(code, candidates, top);
  }
  const float noise = has_lower_planes_ ? code.noise : kCoarseSteps * code.noise;
  // The rows behind it cannot be among the hits any more, but for four standard errors.
  float last_key = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    if (candidate.key > last_key) return true;
    if (i + 1 < candidates.size()) PrefetchValues(candidates[i + 1].row);
    const VectorRecord record = view_.record(candidate.row);
    const float value = score_(query.data(), record.values.data(), query.size());
    const bool was_full = top.full();
    top.Offer({.id = record.id, .group = record.group, .score = value});
    const float error = noise * graph_->rows().terms(candidate.row).scale;
    if (top.full() && !was_full) last_key = candidate.key + 2 * error;
    if (options_.min_score && value < *options_.min_score - 2 * error) return true;
  }
  return top.full();
}

}  // namespace snapshelf
