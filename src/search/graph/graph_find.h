#pragma once

#include <span>

#include "search/graph/graph_state.h"
#include "search/graph/walk_plan.h"
#include "search/metric.h"
#include "search/top_hits.h"

namespace snapshelf {

/// Answers the queries of one FindBatch from one moment of the index.
///
/// A walk over upper planes leaves a window of candidates, or a scan over them the best; both
/// planes put them in order; and the vectors themselves, read for the best of them only, give the
/// scores. Until the lower planes are read, seconds after a start, more vectors are.
///
/// threads: Find may run concurrently.
class GraphFinder {
 public:
  /// `view`: of the state's table; `plan`: for it and `options`. With `scores_by_codes` the vectors
  /// are not read (see GraphIndex::ScoreByCodes).
  GraphFinder(const GraphState& state, VectorTable::View view, const Scorer& score,
              const FindOptions& options, const WalkPlan& plan, bool scores_by_codes);

  /// Fills `top`; false if the vector of every row must be looked at instead: there is no graph, or
  /// fewer than k hits were found. `query`: [dim], prepared.
  bool Find(std::span<const float> query, TopHits& top) const;
  /// The same among `rows` of the view, which are alive and ascend.
  bool FindAmong(std::span<const std::size_t> rows, std::span<const float> query,
                 TopHits& top) const;

 private:
  struct Scratch;

  bool Walk(std::span<const float> query, Scratch& scratch, TopHits& top) const;
  template <class RowAt>
  bool ScanCodes(std::size_t count, const RowAt& row_at, std::span<const float> query,
                 Scratch& scratch, TopHits& top) const;
  bool OfferBest(std::span<const float> query, const CodeQuery& code,
                 std::vector<Candidate>& candidates, TopHits& top) const;
  bool OfferByCodes(const CodeQuery& code, std::span<const Candidate> candidates,
                    TopHits& top) const;
  void Refine(const CodeQuery& query, std::vector<Candidate>& candidates) const;
  [[nodiscard]] bool Passes(Row row) const;
  void PrefetchValues(Row row) const;

  const VectorTable::View view_;
  const std::size_t covered_;
  const FlatGraph* const graph_;
  const bool has_lower_planes_;
  const Scorer& score_;
  const FindOptions& options_;
  const WalkPlan plan_;
  const bool scores_by_codes_;
};

}  // namespace snapshelf
