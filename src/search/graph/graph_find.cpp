#include "search/graph/graph_find.h"

#include <algorithm>
#include <limits>

#include "search/scan.h"

namespace snapshelf {
namespace {

// Lower planes asked for before they are needed.
constexpr std::size_t kAhead = 8;

/// Puts the candidates in the order of both planes.
void Refine(const FlatGraph& graph, const CodeQuery& query, std::vector<Candidate>& candidates) {
  const GraphRows& rows = graph.rows();
  const std::size_t count = candidates.size();
  for (std::size_t i = 0; i < std::min(kAhead, count); ++i) rows.PrefetchLower(candidates[i].row);
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) rows.PrefetchLower(candidates[i + kAhead].row);
    const Row row = candidates[i].row;
    candidates[i].key =
        graph.codec().FineKey(query, rows.upper(row), rows.lower(row), rows.terms(row));
  }
  std::ranges::sort(candidates, {}, &Candidate::key);
}

}  // namespace

struct GraphFinder::Scratch {
  CodeQuery query;
  GraphWalk walk;
};

GraphFinder::GraphFinder(const GraphState& state, const Scorer& score, const FindOptions& options)
    : view_(state.table->view()),
      covered_(std::min(state.covered(), view_.rows())),
      graph_(state.graph()),
      score_(score),
      options_(options),
      plan_(PlanWalk(view_, options)) {}

bool GraphFinder::Passes(Row row) const {
  return row < covered_ && view_.IsLive(row) &&
         (options_.filter == nullptr || (*options_.filter)(view_.group(row)));
}

bool GraphFinder::Find(std::span<const float> query, TopHits& top) const {
  if (plan_.scan || graph_ == nullptr) return false;
  thread_local Scratch scratch;
  graph_->codec().PrepareQuery(query.data(), scratch.query);
  for (std::size_t window = plan_.rows; window <= plan_.rows_max; window *= 2) {
    top = TopHits(options_);
    if (Walk(query, window, scratch, top) == Outcome::kTooFew) continue;
    ScanRows(view_, covered_, view_.rows(), score_, query, options_, std::span(&top, 1));
    return true;
  }
  return false;
}

GraphFinder::Outcome GraphFinder::Walk(std::span<const float> query, std::size_t window,
                                       Scratch& scratch, TopHits& top) const {
  graph_->Find(scratch.query, window, scratch.walk);
  std::vector<Candidate>& candidates = scratch.walk.found();
  std::erase_if(candidates, [this](const Candidate& c) { return !Passes(c.row); });
  Refine(*graph_, scratch.query, candidates);
  // The rows behind it cannot be among the hits any more, but for four standard errors.
  float last_key = std::numeric_limits<float>::infinity();
  for (const Candidate& candidate : candidates) {
    if (candidate.key > last_key) return Outcome::kDone;
    const VectorRecord record = view_.record(candidate.row);
    const float value = score_(query.data(), record.values.data(), query.size());
    const bool was_full = top.full();
    top.Offer({.id = record.id, .group = record.group, .score = value});
    const float error = scratch.query.noise * graph_->rows().terms(candidate.row).scale;
    if (top.full() && !was_full) last_key = candidate.key + 2 * error;
    if (options_.min_score && value < *options_.min_score - 2 * error) return Outcome::kDone;
  }
  return top.full() ? Outcome::kDone : Outcome::kTooFew;
}

}  // namespace snapshelf
