// Proves that the records of a vector log read back as written and that other bytes are refused.

#include "search/embedded/vector_records.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

TEST(VectorRecords, ReadBackAsWritten) {
  const LogMeta meta{.dim = 256, .metric = Metric::kL2, .model_id = "resnet50 v3"};
  EXPECT_EQ(std::get<LogMeta>(*DecodeRecord(EncodeMeta(meta))), meta);
  const std::vector<float> values = {1.5F, -2, 0};
  const auto add = std::get<LoggedAdd>(
      *DecodeRecord(EncodeAdd({.id = ~VectorId{0}, .group = 7, .values = values})));
  EXPECT_EQ(add.id, ~VectorId{0});
  EXPECT_EQ(add.group, 7U);
  EXPECT_EQ(add.values, values);
  EXPECT_EQ(std::get<LoggedRemove>(*DecodeRecord(EncodeRemove(9))).id, 9U);
  EXPECT_EQ(std::get<LogMeta>(*DecodeRecord(EncodeMeta(meta, /*with_segments=*/true))), meta);
  const LoggedSegments segments{.graph = 7,
                                .rows = {{.number = 1, .first_chunk = 0, .chunks = 3},
                                         {.number = 5, .first_chunk = 3, .chunks = 1}},
                                .dropped = {2, 4},
                                .dead = std::vector<std::uint64_t>(4 * 64, 5)};
  EXPECT_EQ(std::get<LoggedSegments>(*DecodeRecord(EncodeSegments(segments))), segments);
}

TEST(VectorRecords, HaveTheBytesOfTheFormat) {
  const std::vector<float> one = {1.0F};
  const auto bytes = EncodeAdd({.id = 0x0102, .group = 3, .values = one});
  const std::vector<int> expected = {2, 2, 1, 0, 0, 0, 0, 0, 0,    3,   0,
                                     0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F};
  ASSERT_EQ(bytes.size(), expected.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    EXPECT_EQ(static_cast<int>(bytes[i]), expected[i]) << i;
}

TEST(VectorRecords, ReadSegmentsOfVersion2) {
  const LoggedSegments segments{.graph = 7, .rows = {{.number = 1, .chunks = 3}}, .dropped = {2}};
  RecordBytes bytes = EncodeSegments(segments);
  bytes.resize(bytes.size() - sizeof(std::uint32_t));  // they end before the dead rows
  EXPECT_EQ(std::get<LoggedSegments>(*DecodeRecord(bytes)), segments);
}

TEST(VectorRecords, RefuseCutOrUnknownBytes) {
  const std::vector<float> values = {1, 2};
  for (RecordBytes whole :
       {EncodeMeta({.dim = 2, .model_id = "m"}), EncodeAdd({.id = 1, .values = values}),
        EncodeRemove(1), EncodeSegments({.graph = 2, .rows = {{.number = 1, .chunks = 1}}})}) {
    whole.pop_back();
    EXPECT_EQ(DecodeRecord(whole).error().code, Code::kCorruption);
  }
  EXPECT_EQ(DecodeRecord({}).error().code, Code::kCorruption);
  const RecordBytes unknown(9, std::byte{42});
  EXPECT_EQ(DecodeRecord(unknown).error().code, Code::kCorruption);
}

TEST(VectorRecords, RefuseSegmentsThatDoNotFollowEachOther) {
  for (const RowsSegment second :
       {RowsSegment{.number = 2, .first_chunk = 2, .chunks = 1},
        RowsSegment{.number = 2, .first_chunk = 1, .chunks = 0},
        RowsSegment{.number = 2, .first_chunk = 1, .chunks = 1U << 30}}) {
    const LoggedSegments segments{.graph = 3, .rows = {{.number = 1, .chunks = 1}, second}};
    EXPECT_EQ(DecodeRecord(EncodeSegments(segments)).error().code, Code::kCorruption);
  }
  EXPECT_FALSE(DecodeRecord(EncodeSegments({.graph = 3})));
  EXPECT_FALSE(DecodeRecord(
      EncodeSegments({.graph = 3, .rows = {{.number = 1, .chunks = 2}}, .dead = {1, 2, 3}})));
}

TEST(VectorRecords, RefuseANewerVersion) {
  RecordBytes meta = EncodeMeta({.dim = 2, .model_id = "m"});
  meta[1] = std::byte{4};
  EXPECT_EQ(DecodeRecord(meta).error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace snapshelf
