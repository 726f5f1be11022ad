// Proves that a graph comes back from its file as it was, also where rows lie across two blocks of
// reading.

#include "search/embedded/segment_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

constexpr Row kRows = 12 * VectorTable::kChunkRows;
constexpr std::size_t kEdges = 20;

/// Any bytes, and edges to rows that there are.
std::unique_ptr<FlatGraph> MakeGraph(int dim) {
  auto graph = FlatGraph::Create(
      Codec(dim, Metric::kCosine, std::vector<float>(static_cast<std::size_t>(dim)), 1));
  graph->GrowTo(kRows);
  const GraphRows& arrays = graph->rows();
  std::mt19937 random(1);
  for (Row row = 0; row < kRows; ++row) {
    for (std::size_t i = 0; i < graph->codec().plane_bytes(); ++i) {
      arrays.upper(row)[i] = static_cast<std::uint8_t>(random());
      arrays.lower(row)[i] = static_cast<std::uint8_t>(random());
    }
    arrays.terms(row) = {.scale = 1e-3F + static_cast<float>(row) * 1e-8F, .norm2 = 1};
    arrays.CarryScale(row);
    for (std::size_t i = 0; i < kEdges; ++i)
      arrays.slots(row)[i] = static_cast<Row>(random() % kRows + 1);
  }
  return graph;
}

std::unique_ptr<VectorTable> MakeTable(int dim) {
  auto table = std::make_unique<VectorTable>(dim, Metric::kCosine);
  const std::vector<float> values(static_cast<std::size_t>(dim), 1);
  std::vector<VectorRecord> records(kRows);
  for (VectorId id = 0; id < kRows; ++id) records[id] = {.id = id, .group = id, .values = values};
  table->Add(records);
  return table;
}

bool IsSameRow(const FlatGraph& a, const FlatGraph& b, Row row) {
  const std::size_t plane = a.codec().plane_bytes();
  const auto is_same_slot = [](const GraphRows::Slot& x, const GraphRows::Slot& y) {
    return x.load() == y.load();
  };
  std::vector<std::uint8_t> a_upper(plane);
  std::vector<std::uint8_t> b_upper(plane);
  a.rows().CopyUpper(row, a_upper.data());
  b.rows().CopyUpper(row, b_upper.data());
  const auto are_same = [](const auto* x, const auto* y, std::size_t count) {
    return std::ranges::equal(std::span(x, count), std::span(y, count));
  };
  return a_upper == b_upper && a.rows().terms(row).scale == b.rows().terms(row).scale &&
         are_same(a.rows().upper(row), b.rows().upper(row), plane) &&
         are_same(a.rows().lower(row), b.rows().lower(row), plane) &&
         std::ranges::equal(std::span(a.rows().slots(row), GraphRows::kSlots),
                            std::span(b.rows().slots(row), GraphRows::kSlots), is_same_slot);
}

class GraphFile : public testing::TestWithParam<int> {};

TEST_P(GraphFile, ComesBackAsItWas) {
  const int dim = GetParam();
  FaultyFs files;
  const SegmentFiles segments(files, "/sealed", dim, Metric::kCosine);
  const auto table = MakeTable(dim);
  const auto written = MakeGraph(dim);
  ASSERT_TRUE(files.CreateDirectories("/sealed"));
  ASSERT_TRUE(segments.WriteGraph(
      1, {.graph = *written, .view = table->view(), .rows = kRows, .trained_rows = kRows}));
  const auto read = segments.OpenGraph(1, kRows, /*strict=*/true);
  ASSERT_TRUE(read) << read.error().message;
  for (Row row = 0; row < kRows; ++row)
    ASSERT_TRUE(IsSameRow(*written, *read->restored.graph, row)) << row;
}

// 3 MiB are 43,690.7 planes of 144 values.
INSTANTIATE_TEST_SUITE_P(Dims, GraphFile, testing::Values(16, 144, 256));

}  // namespace
}  // namespace snapshelf
