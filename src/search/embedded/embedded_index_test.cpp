// Proves what the embedded index adds to the contract of VectorIndex: one model per store, damage
// is found, a full disk changes nothing, and garbage is collected. Crashes are in tests/crash.

#include "search/embedded/embedded_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "search/embedded/embedded_impl.h"
#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

const std::filesystem::path kFolder = "/shop/vectors/1";
const std::filesystem::path kLog = kFolder / "vectors.log";
const EmbeddedOptions kOptions{.dim = 4, .kind = IndexKind::kExact};

Result<std::unique_ptr<EmbeddedIndex>> Open(FileSystem& files, EmbeddedOptions options) {
  return EmbeddedIndex::Open(files, kFolder, options);
}

std::unique_ptr<EmbeddedIndex> MustOpen(FileSystem& files) {
  auto opened = Open(files, kOptions);
  EXPECT_TRUE(opened) << opened.error().message;
  return std::move(*opened);
}

Status AddOne(VectorIndex& index, VectorId id) {
  const std::array<float, 4> values = {1, static_cast<float>(id), 0, 0};
  const VectorRecord record{.id = id, .group = id, .values = values};
  return index.Add(std::span(&record, 1));
}

TEST(EmbeddedIndex, RefusesVectorsOfAnotherModelDimOrMetric) {
  FaultyFs files;
  MustOpen(files);
  for (const EmbeddedOptions& other :
       {EmbeddedOptions{.dim = 4, .model_id = "other"}, EmbeddedOptions{.dim = 5},
        EmbeddedOptions{.dim = 4, .metric = Metric::kL2}}) {
    const auto opened = Open(files, other);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
    EXPECT_NE(opened.error().message.find("import again"), std::string::npos);
  }
  EXPECT_TRUE(Open(files, kOptions));
}

TEST(EmbeddedIndex, RefusesADimThatItsKindCannotHold) {
  FaultyFs files;
  for (const int dim : {0, -16, 2049, 4096}) {
    const auto opened = Open(files, {.dim = dim});
    ASSERT_FALSE(opened) << dim;
    EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
    EXPECT_NE(opened.error().message.find("2048"), std::string::npos) << opened.error().message;
  }
  EXPECT_TRUE(Open(files, {.dim = 4096, .kind = IndexKind::kExact}));
}

TEST(EmbeddedIndex, MayBeOpenedWithAnotherKind) {
  FaultyFs files;
  ASSERT_TRUE(AddOne(*MustOpen(files), 1));
  const auto opened = Open(files, {.dim = 4, .kind = IndexKind::kGraph});
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->stats().vectors, 1U);
  EXPECT_EQ((*opened)->stats().kind, "embedded graph");
}

// More than are replayed at once, replaced and removed among them.
TEST(EmbeddedIndex, ReplaysChangesInTheirOrder) {
  FaultyFs files;
  {
    const auto index = MustOpen(files);
    for (VectorId id = 0; id < 1500; ++id) ASSERT_TRUE(AddOne(*index, id));
    ASSERT_TRUE(AddOne(*index, 1499));
    for (const VectorId removed : {VectorId{7}, VectorId{8}})
      ASSERT_TRUE(index->Remove(std::span(&removed, 1)));
    ASSERT_TRUE(AddOne(*index, 8));
  }
  const auto index = MustOpen(files);
  std::vector<VectorId> ids;
  ASSERT_TRUE(index->ForEach([&](const VectorRecord& record) { ids.push_back(record.id); }));
  ASSERT_EQ(ids.size(), 1499U);
  EXPECT_EQ(std::ranges::count(ids, 7U), 0);
  EXPECT_EQ(std::ranges::count(ids, 8U), 1);
  EXPECT_EQ(std::ranges::count(ids, 1499U), 1);
}

TEST(EmbeddedIndex, VerifyFindsAnyFlippedByte) {
  FaultyFs files;
  const auto index = MustOpen(files);
  for (VectorId id = 0; id < 3; ++id) ASSERT_TRUE(AddOne(*index, id));
  EXPECT_TRUE(index->Verify());
  for (std::uint64_t byte = 0; byte < index->log_bytes(); ++byte) {
    files.FlipBit(kLog, byte, static_cast<int>(byte % 8));
    const Status status = index->Verify();
    ASSERT_FALSE(status) << "byte " << byte;
    EXPECT_EQ(status.error().code, Code::kCorruption);
    EXPECT_NE(status.error().message.find("vectors.log"), std::string::npos);
    files.FlipBit(kLog, byte, static_cast<int>(byte % 8));
  }
}

TEST(EmbeddedIndex, DoesNotOpenADamagedLog) {
  FaultyFs files;
  {
    const auto index = MustOpen(files);
    for (VectorId id = 0; id < 3; ++id) ASSERT_TRUE(AddOne(*index, id));
  }
  files.FlipBit(kLog, 80, 3);
  EXPECT_EQ(Open(files, kOptions).error().code, Code::kCorruption);
}

TEST(EmbeddedIndex, ChangesNothingWhenTheDiskIsFull) {
  FaultyFs files;
  const auto index = MustOpen(files);
  ASSERT_TRUE(AddOne(*index, 1));
  files.SetCapacity(index->log_bytes() + 10);
  const Status status = AddOne(*index, 2);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  const VectorId one = 1;
  EXPECT_FALSE(index->Remove(std::span(&one, 1)));
  EXPECT_EQ(index->stats().vectors, 1U);
  files.SetCapacity(std::nullopt);
  EXPECT_TRUE(AddOne(*index, 3));
  EXPECT_TRUE(index->Verify());
  EXPECT_EQ(MustOpen(files)->stats().vectors, 2U);
}

TEST(EmbeddedIndex, CollectsGarbage) {
  FaultyFs files;
  const auto index = MustOpen(files);
  std::uint64_t largest = 0;
  for (int round = 0; round < 5000; ++round) {
    ASSERT_TRUE(AddOne(*index, round % 10));
    largest = std::max(largest, index->log_bytes());
  }
  EXPECT_LT(largest, 1100U * 64);  // 1,024 records of 37 bytes, each in a batch of its own
  EXPECT_TRUE(index->Verify());
  EXPECT_EQ(index->stats().vectors, 10U);
  EXPECT_EQ(MustOpen(files)->stats().vectors, 10U);
  EXPECT_FALSE(*files.Exists(kFolder / "vectors.log.new"));
}

TEST(EmbeddedIndex, GoesOnWhenGarbageCannotBeCollected) {
  FaultyFs files;
  const auto index = MustOpen(files);
  for (VectorId id = 0; id < 600; ++id) ASSERT_TRUE(AddOne(*index, id));
  // Room for the log to grow to its limit, not for a second one beside it.
  files.SetCapacity(1640 * 58);
  for (int round = 0; round < 1030; ++round) ASSERT_TRUE(AddOne(*index, round % 600)) << round;
  EXPECT_TRUE(index->Verify());
  EXPECT_EQ(MustOpen(files)->stats().vectors, 600U);
}

TEST(SealAmount, IsAQuarterOfTheStoreFromFiftyThousandToTwoMillion) {
  constexpr std::chrono::seconds kJustNow{1};
  EXPECT_EQ(SealAmount(0, kJustNow), 50'000);
  EXPECT_EQ(SealAmount(400'000, kJustNow), 100'000);
  EXPECT_EQ(SealAmount(30'000'000, kJustNow), 2'000'000);
}

TEST(SealAmount, IsLessInALargeStoreThatWasNotSealedForTenMinutes) {
  constexpr std::chrono::minutes kLongAgo{10};
  EXPECT_EQ(SealAmount(240'000, kLongAgo), 60'000);
  EXPECT_EQ(SealAmount(30'000'000, kLongAgo), 100'000);
}

}  // namespace
}  // namespace snapshelf
