// Proves that a view of the table stays as it was while the table changes, and that stored vectors
// keep their bits when they are prepared again.

#include "search/vector_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "search/metric.h"

namespace snapshelf {
namespace {

void Put(VectorTable& table, VectorId id, GroupId group, float x) {
  const std::vector<float> values = {x, 1, 0};
  const VectorRecord record{.id = id, .group = group, .values = values};
  table.Add(std::span(&record, 1));
}

std::vector<VectorId> LiveIds(const VectorTable::View& view) {
  std::vector<VectorId> ids;
  VisitById(view, [&](const VectorRecord& record) { ids.push_back(record.id); });
  return ids;
}

TEST(VectorTable, ViewsStayAsTheyWere) {
  VectorTable table(3, Metric::kL2);
  Put(table, 1, 1, 10);
  Put(table, 2, 2, 20);
  const auto before = table.view();
  Put(table, 1, 3, 30);
  const VectorId two = 2;
  table.Remove(std::span(&two, 1));
  EXPECT_EQ(LiveIds(before), (std::vector<VectorId>{1, 2}));
  EXPECT_EQ(before.values(0)[0], 10);
  EXPECT_EQ(before.groups(), 2U);
  const auto after = table.view();
  EXPECT_EQ(LiveIds(after), std::vector<VectorId>{1});
  EXPECT_EQ(after.groups(), 1U);
  EXPECT_EQ(after.rows(), 3U);
}

TEST(VectorTable, KeepsRowsOfManyChunks) {
  constexpr VectorId kCount = 2 * VectorTable::kChunkRows + 5;
  VectorTable table(3, Metric::kL2);
  for (VectorId id = 0; id < kCount; ++id) Put(table, id, id, static_cast<float>(id));
  const auto view = table.view();
  ASSERT_EQ(view.live(), kCount);
  for (std::size_t row = 0; row < kCount; ++row)
    ASSERT_EQ(view.values(row)[0], static_cast<float>(row));
}

TEST(VectorTable, CopyLiveLeavesDeadRowsOut) {
  constexpr VectorId kCount = VectorTable::kChunkRows + 100;
  VectorTable table(3, Metric::kCosine);
  for (VectorId id = 0; id < kCount; ++id) Put(table, id, id, static_cast<float>(id));
  EXPECT_FALSE(IsMostlyDead(table.view()));
  std::vector<VectorId> removed;
  for (VectorId id = 0; id < kCount - 10; ++id) removed.push_back(id);
  table.Remove(removed);
  EXPECT_TRUE(IsMostlyDead(table.view()));
  const auto copy = CopyLive(table.view(), 3, Metric::kCosine);
  EXPECT_EQ(copy->view().rows(), 10U);
  EXPECT_EQ(LiveIds(copy->view()), LiveIds(table.view()));
}

TEST(PrepareVector, GivesUnitLengthAndKeepsItsBitsThereafter) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 2000; ++i) {
    std::vector<float> values(static_cast<std::size_t>(1 + i % 300));
    const float size = std::pow(10.0F, static_cast<float>(i % 60) - 30);
    for (float& value : values) value = size * (normal(random) + 2);
    PrepareVector(Metric::kCosine, values);
    double squared = 0;
    for (const float value : values) squared += static_cast<double>(value) * value;
    ASSERT_NEAR(squared, 1, 1e-6);
    const std::vector<float> once = values;
    PrepareVector(Metric::kCosine, values);
    ASSERT_EQ(values, once) << "vector " << i;
  }
}

TEST(PrepareVector, LeavesOtherMetricsAlone) {
  std::vector<float> values = {3, 4};
  PrepareVector(Metric::kL2, values);
  PrepareVector(Metric::kInnerProduct, values);
  EXPECT_EQ(values, (std::vector<float>{3, 4}));
}

}  // namespace
}  // namespace snapshelf
