// Proves that every VectorIndex refuses bad input with a clear error and is left unchanged by it.

#include <cmath>
#include <limits>

#include "vector_index_suite.h"

namespace snapshelf {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class VectorIndexInput : public VectorIndexContract {
 protected:
  void ExpectRefused(const Status& status, const char* word) const {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
    EXPECT_NE(status.error().message.find(word), std::string::npos) << status.error().message;
    EXPECT_EQ(index_->stats().vectors, 0U);
  }
  [[nodiscard]] Status AddOne(const Vector& values) const {
    const VectorRecord record{.id = 77, .group = 1, .values = values};
    return index_->Add(std::span(&record, 1));
  }
  [[nodiscard]] Status FindOne(const Vector& query, const FindOptions& options) const {
    const auto hits = index_->Find(query, options);
    const auto batch = index_->FindBatch(query, options);
    EXPECT_EQ(hits.has_value(), batch.has_value());
    return hits ? Status{} : Status(std::unexpected(hits.error()));
  }
};

INSTANTIATE_TEST_SUITE_P(All, VectorIndexInput, testing::ValuesIn(AllContractCases()), CaseName);

TEST_P(VectorIndexInput, RefusesVectorsOfAnotherDim) {
  ExpectRefused(AddOne(Vector(kDim + 1, 1.0F)), "77");
  ExpectRefused(AddOne(Vector(kDim - 1, 1.0F)), "20");
  ExpectRefused(AddOne({}), "0 values");
}

TEST_P(VectorIndexInput, RefusesVectorsThatAreNotFinite) {
  ExpectRefused(AddOne(Padded({1, kNaN}, kDim)), "nan");
  ExpectRefused(AddOne(Padded({-kInfinity}, kDim)), "inf");
}

TEST_P(VectorIndexInput, RefusesAVectorWithoutDirectionForCosineOnly) {
  const Status status = AddOne(Vector(kDim, 0.0F));
  if (GetParam().metric == Metric::kCosine)
    ExpectRefused(status, "zero");
  else
    EXPECT_TRUE(status);
}

TEST_P(VectorIndexInput, ScoresHugeAndTinyVectorsOrRefusesThem) {
  for (const float size : {1e30F, 1e-30F}) {
    const Status status = AddOne(Padded({size, size}, kDim));
    if (GetParam().metric != Metric::kCosine && size > 1) {
      ExpectRefused(status, "length");
      continue;
    }
    ASSERT_TRUE(status) << status.error().message;
    const auto hits = Find(Padded({1, 1}, kDim), {.k = 1});
    ASSERT_EQ(hits.size(), 1U);
    EXPECT_TRUE(std::isfinite(hits[0].score));
    Remove({77});
  }
}

TEST_P(VectorIndexInput, AddsNothingOfABatchWithABadRecord) {
  const auto good = Padded({1}, kDim);
  const auto bad = Padded({kNaN}, kDim);
  const VectorRecord records[] = {{.id = 1, .group = 1, .values = good},
                                  {.id = 2, .group = 2, .values = bad}};
  ExpectRefused(index_->Add(records), "vector 2");
  EXPECT_TRUE(Find(good, {.k = 5}).empty());
}

TEST_P(VectorIndexInput, TakesAnEmptyBatch) {
  EXPECT_TRUE(index_->Add({}));
  EXPECT_TRUE(index_->Remove({}));
}

TEST_P(VectorIndexInput, RefusesKOutOfRange) {
  for (const int k : {0, -1, kMaxK + 1, 1'000'000})
    ExpectRefused(FindOne(Padded({1}, kDim), {.k = k}), "k is");
}

TEST_P(VectorIndexInput, GivesAllWhenKIsMoreThanThereAre) {
  for (VectorId id = 0; id < 7; ++id) Add(id, id % 3, Padded({1, static_cast<float>(id)}, kDim));
  Settle();
  const auto query = Padded({1, 2}, kDim);
  EXPECT_EQ(Find(query, {.k = kMaxK, .one_per_group = false}).size(), 7U);
  EXPECT_EQ(Find(query, {.k = kMaxK}).size(), 3U);
}

TEST_P(VectorIndexInput, GivesNothingWhenNothingPasses) {
  for (VectorId id = 0; id < 300; ++id) Add(id, id, Padded({1, static_cast<float>(id)}, kDim));
  Settle();
  const GroupFilter nothing = [](GroupId) { return false; };
  EXPECT_TRUE(Find(Padded({1}, kDim), {.k = 10, .filter = &nothing}).empty());
  EXPECT_TRUE(Find(Padded({1}, kDim), {.k = 10, .min_score = 1e9F}).empty());
}

TEST_P(VectorIndexInput, AnswersNoQueriesWithNoAnswers) {
  Add(1, 1, Padded({1}, kDim));
  const auto answers = index_->FindBatch({}, {.k = 10});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(answers->empty());
}

TEST_P(VectorIndexInput, RefusesABadQuery) {
  ExpectRefused(FindOne(Vector(kDim + 1, 1.0F), {.k = 1}), "");
  ExpectRefused(FindOne(Padded({kNaN}, kDim), {.k = 1}), "nan");
  ExpectRefused(FindOne(Padded({1}, kDim), {.k = 1, .min_score = kNaN}), "min_score");
  for (const float reach : {-0.1F, 1.5F, kNaN})
    ExpectRefused(FindOne(Padded({1}, kDim), {.k = 1, .reach = reach}), "reach");
  if (GetParam().metric == Metric::kCosine)
    ExpectRefused(FindOne(Vector(kDim, 0.0F), {.k = 1}), "zero");
}

TEST_P(VectorIndexInput, TakesTheExtremeIds) {
  for (const VectorId id : {VectorId{0}, std::numeric_limits<VectorId>::max()})
    Add(id, std::numeric_limits<GroupId>::max(), Padded({1}, kDim));
  EXPECT_EQ(Find(Padded({1}, kDim), {.k = 5, .one_per_group = false}).size(), 2U);
}

}  // namespace
}  // namespace snapshelf
