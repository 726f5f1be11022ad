// Proves what is made of the server's words: codes, whether to try again, and answers that do not
// fit together.

#include "search/milvus/milvus_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <milvus.pb.h>

#include <limits>

namespace snapshelf {
namespace {

using End = Attempt::End;

wire::Status Said(int code, const char* reason) {
  wire::Status status;
  status.set_code(code);
  status.set_reason(reason);
  return status;
}

TEST(MilvusStatus, EmptyIsSuccess) {
  EXPECT_EQ(AttemptOf(wire::Status()).end, End::kDone);
}

TEST(MilvusStatus, KeepsTheServersWords) {
  EXPECT_EQ(AttemptOf(Said(1100, "vector dimension mismatch")).error.message,
            "vector dimension mismatch");
}

TEST(MilvusStatus, RepeatsWhatMayPassAndNothingElse) {
  const auto expect = [](int code, Code ours, End end) {
    const Attempt attempt = AttemptOf(Said(code, "words"));
    EXPECT_EQ(attempt.error.code, ours) << code;
    EXPECT_EQ(attempt.end, end) << code;
  };
  expect(1, Code::kUnavailable, End::kBusy);
  expect(101, Code::kUnavailable, End::kRefused);  // somebody has to load the collection
  expect(65535, Code::kInternal, End::kBusy);
  expect(100, Code::kNotFound, End::kRefused);
  expect(800, Code::kNotFound, End::kRefused);
  expect(1100, Code::kInvalidArgument, End::kRefused);
  expect(3, Code::kResourceExhausted, End::kRefused);
}

TEST(MilvusStatus, KnowsTheOldNumbers) {
  wire::Status status;
  status.set_error_code(4);
  EXPECT_TRUE(IsMissingCollection(status));
  EXPECT_EQ(AttemptOf(status).error.code, Code::kNotFound);
  EXPECT_FALSE(IsMissingCollection(wire::Status()));
}

TEST(MilvusFilters, HoldNumbersAlone) {
  const std::int64_t ids[] = {1, -2, std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(IdsFilter(ids), "id in [1,-2,9223372036854775807]");
}

TEST(MilvusAnswers, AreRefusedIfTheyDoNotFitTogether) {
  wire::SearchResults results;
  results.mutable_results()->add_topks(2);
  results.mutable_results()->add_scores(0.5F);
  const auto hits = ReadHits(results, 1, Metric::kCosine);
  ASSERT_FALSE(hits);
  EXPECT_EQ(hits.error().code, Code::kInternal);
  EXPECT_FALSE(ReadHits(results, 2, Metric::kCosine));
}

TEST(MilvusAnswers, GrowWithLikenessForDistancesToo) {
  wire::SearchResults results;
  wire::SearchResultData& data = *results.mutable_results();
  data.add_topks(1);
  data.add_scores(17.0F);
  data.mutable_ids()->mutable_int_id()->add_data(-1);
  wire::FieldData& groups = *data.add_fields_data();
  groups.set_field_name(kGroupField);
  groups.mutable_scalars()->mutable_long_data()->add_data(-1);
  const auto hits = ReadHits(results, 1, Metric::kL2);
  ASSERT_TRUE(hits);
  EXPECT_EQ((*hits)[0][0].score, -17.0F);
  EXPECT_EQ((*hits)[0][0].id, std::numeric_limits<VectorId>::max());
}

}  // namespace
}  // namespace snapshelf
