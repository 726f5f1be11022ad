#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "snapshelf/result.h"

namespace snapshelf {

/// Names one vector. The caller chooses it; adding it again replaces the vector.
using VectorId = std::uint64_t;

/// Names what a vector belongs to (here: a product). Many vectors may share a group.
using GroupId = std::uint64_t;

/// How two vectors are compared. Scores always grow with likeness:
/// kCosine and kInnerProduct give the cosine and the dot product, kL2 the negated squared distance.
enum class Metric : std::uint8_t { kCosine, kInnerProduct, kL2 };

/// One vector to store. `values`: [dim] float32, finite; any length for kInnerProduct and kL2, not
/// all zero for kCosine.
struct VectorRecord {
  VectorId id = 0;
  GroupId group = 0;
  std::span<const float> values;
};

/// One answer of Find.
struct Hit {
  VectorId id = 0;
  GroupId group = 0;
  float score = 0;
};

/// Which groups may be answered. Called from any thread and many times: cheap and without side
/// effects.
using GroupFilter = std::function<bool(GroupId)>;

/// Names vectors: those with one of the ids, and those of one of the groups. Both in ascending
/// order.
struct VectorSet {
  std::span<const VectorId> ids;
  std::span<const GroupId> groups;
  [[nodiscard]] bool Contains(VectorId id, GroupId group) const {
    return std::ranges::binary_search(ids, id) || std::ranges::binary_search(groups, group);
  }
};

struct FindOptions {
  int k = 20;                           ///< hits wanted, 1 .. kMaxK
  std::optional<float> min_score;       ///< hits below it are dropped
  const GroupFilter* filter = nullptr;  ///< null: every group passes
  VectorSet exclude;                    ///< never answered
  std::optional<VectorSet> only;        ///< nothing else is answered
  bool one_per_group = true;  ///< the best vector of each group only, so that k groups come back
  /// Candidates that an approximate index keeps while it searches: more find more of the true
  /// nearest and take longer. 0: what its documentation promises a recall for.
  int window = 0;
  /// Without a window: how far past the k-th nearest that was found the embedded graph goes on
  /// looking, as a share of that one's distance, 0 .. 1. With one_per_group the vector counts that
  /// lies half way from there to the last that k groups have on average. 0: as with window.
  float reach = 0;
};

inline constexpr int kMaxK = 10'000;

struct IndexStats {
  std::string kind;         ///< "exact", "graph", ...
  std::size_t vectors = 0;  ///< live vectors
  std::size_t groups = 0;   ///< distinct groups among them
  std::size_t memory_bytes = 0;
  /// Vectors, at most, that lie in damaged files: they cannot be found until these are repaired.
  std::size_t lost = 0;
};

/// A set of vectors that can be searched for the nearest ones.
///
/// threads: const methods may run concurrently with each other and with one Add or Remove; writers
///          are serialised by the implementation. What Add or Remove acknowledged is seen by the
///          next Find.
/// answers: at most k hits, best first, equal scores by ascending id; exactly k whenever k groups
///          (or vectors, without one_per_group) pass filter, exclude, only and min_score.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;

  [[nodiscard]] virtual int dim() const = 0;
  [[nodiscard]] virtual Metric metric() const = 0;
  [[nodiscard]] virtual IndexStats stats() const = 0;

  /// Adds the records, or replaces those whose id is known; all or nothing.
  /// errors: kInvalidArgument if a record has another dim, a value that is not finite, or (kCosine)
  /// no length.
  virtual Status Add(std::span<const VectorRecord> records) = 0;

  /// Removes the ids; unknown ones are ignored.
  virtual Status Remove(std::span<const VectorId> ids) = 0;

  /// The nearest vectors to `query` ([dim] float32).
  /// errors: kInvalidArgument if the dim is another, a value is not finite, k is out of range, or a
  ///         set is not in ascending order; an empty index gives no hits.
  [[nodiscard]] virtual Result<std::vector<Hit>> Find(std::span<const float> query,
                                                      const FindOptions& options) const = 0;

  /// Find for `queries` = [count, dim] row-major, with the same options; answers in the same order.
  [[nodiscard]] virtual Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const = 0;

  /// Calls `visit` for every live vector, in ascending id. `values` are valid during the call only
  /// and, for kCosine, of unit length.
  /// errors: those of a server, after some or none were visited.
  virtual Status ForEach(const std::function<void(const VectorRecord&)>& visit) const = 0;
  /// ForEach without values, which a server need not send then.
  virtual Status ForEachName(const std::function<void(VectorId, GroupId)>& visit) const {
    return ForEach([&](const VectorRecord& record) { visit(record.id, record.group); });
  }

  /// Whether queries are answered now. errors: kUnavailable and others, why not.
  [[nodiscard]] virtual Status Ready() const { return {}; }
};

/// Checks what every implementation demands of a query; shared so that all say the same words.
[[nodiscard]] Status CheckFind(const VectorIndex& index, std::span<const float> query,
                               const FindOptions& options);

/// The same for records about to be added.
[[nodiscard]] Status CheckRecords(int dim, Metric metric, std::span<const VectorRecord> records);

}  // namespace snapshelf
