#include "search/hnsw/hnsw_graph.h"

#include <cstring>

// hnswlib reads one link behind the end of a full list to prefetch it; without its intrinsics it
// does not. Its distance functions are not used.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include "kernels/kernels.h"
#include "search/metric.h"

#if defined(__SANITIZE_THREAD__)
// hnswlib takes its own locks in no fixed order. One thread inserts at a time, under a lock that
// keeps all others out, so they cannot wait for each other. The sanitizer loses the stacks of such
// reports, so they cannot be suppressed one by one; data races are still reported.
extern "C" const char* __tsan_default_options();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "detect_deadlocks=0";
}
#endif

namespace snapshelf {
namespace {

// Edges of a node (twice as many on the lowest layer) and candidates looked at when it is added:
// docs/design/0002-vector-index.md has recall and cost.
constexpr std::size_t kEdges = 16;
constexpr std::size_t kBuildWindow = 200;
constexpr std::size_t kFirstCapacity = 4096;
constexpr std::size_t kSeed = 100;

/// hnswlib's view of a vector: a pointer to its floats.
class RowSpace final : public hnswlib::SpaceInterface<float> {
 public:
  RowSpace(std::size_t dim, Metric metric)
      : parameters_{.dim = dim, .score = Scorer(metric, ActiveKernels())} {}

  std::size_t get_data_size() override { return sizeof(const float*); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return &Distance; }
  void* get_dist_func_param() override { return &parameters_; }

 private:
  struct Parameters {
    std::size_t dim;
    Scorer score;
  };

  static const float* Load(const void* element) {
    const float* row = nullptr;
    std::memcpy(static_cast<void*>(&row), element,
                sizeof row);  // hnswlib does not align what it stores
    return row;
  }
  static float Distance(const void* a, const void* b, const void* parameters) {
    const auto& p = *static_cast<const Parameters*>(parameters);
    return -p.score(Load(a), Load(b), p.dim);
  }

  Parameters parameters_;
};

}  // namespace

struct HnswGraph::Impl {
  Impl(int dim, Metric metric)
      : space(static_cast<std::size_t>(dim), metric),
        graph(&space, kFirstCapacity, kEdges, kBuildWindow, kSeed) {}

  RowSpace space;
  hnswlib::HierarchicalNSW<float> graph;
  VectorTable::View view;  // keeps the rows in memory
};

HnswGraph::HnswGraph(int dim, Metric metric) : impl_(std::make_unique<Impl>(dim, metric)) {}
HnswGraph::~HnswGraph() = default;

void HnswGraph::Insert(const VectorTable::View& view, std::size_t row) {
  auto& graph = impl_->graph;
  if (graph.cur_element_count == graph.max_elements_) graph.resizeIndex(graph.max_elements_ * 2);
  impl_->view = view;
  const float* const values = view.values(row);
  graph.addPoint(static_cast<const void*>(&values), row);
}

std::vector<std::size_t> HnswGraph::Nearest(const float* query, std::size_t count) const {
  std::vector<std::size_t> rows;
  auto found = impl_->graph.searchKnn(static_cast<const void*>(&query), count);
  rows.reserve(found.size());
  for (; !found.empty(); found.pop()) rows.push_back(found.top().second);
  return rows;
}

std::size_t HnswGraph::size() const {
  return impl_->graph.cur_element_count;
}

std::size_t HnswGraph::memory_bytes() const {
  const auto& graph = impl_->graph;
  // Every kEdges-th node is on a second layer; a node of the label map takes about 40 bytes.
  constexpr std::size_t kLabelBytes = 40;
  return graph.max_elements_ * (graph.size_data_per_element_ + sizeof(std::mutex) + sizeof(int)) +
         graph.cur_element_count * (graph.size_links_per_element_ / kEdges + kLabelBytes);
}

}  // namespace snapshelf
