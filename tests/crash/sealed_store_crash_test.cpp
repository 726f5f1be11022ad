// Proves that sealing the log into files loses nothing: it is made to fail at every call to the
// disk, with every kind of power loss, and what the store then holds is compared with a std::map of
// what was acknowledged.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "sealed_shop.h"
#include "search/embedded/vector_records.h"
#include "storage/log.h"

namespace snapshelf {
namespace {

TEST(SealedStore, OpensWithTheSameVectorsAndAnswers) {
  Shop shop;
  FillAndSeal(shop);
  ExpectSame(shop);
  const auto query = ValuesOf(77);
  const auto before = shop.index->Find(query, {.k = 20});
  const std::uint64_t log_bytes = shop.index->log_bytes();
  EXPECT_LT(log_bytes, kVectors * kDim * sizeof(float) / 4);
  ASSERT_TRUE(shop.Open());
  ExpectSame(shop);
  shop.index->WaitUntilSettled();
  const auto after = shop.index->Find(query, {.k = 20});
  ASSERT_EQ(after->size(), before->size());
  for (std::size_t i = 0; i < after->size(); ++i) {
    EXPECT_EQ((*after)[i].id, (*before)[i].id);
    EXPECT_EQ((*after)[i].score, (*before)[i].score);
  }
}

TEST(SealedStore, ScoresByCodesWhereVectorsDoNotFitIntoMemory) {
  Shop shop;
  FillAndSeal(shop);
  EXPECT_EQ(shop.index->stats().kind, "embedded graph");
  const auto query = ValuesOf(77);
  const auto by_vectors = shop.index->Find(query, {.k = 20, .one_per_group = false});
  shop.memory_bytes = kVectors * kDim * sizeof(float) / 2;
  ASSERT_TRUE(shop.Open());
  shop.index->WaitUntilSettled();
  EXPECT_EQ(shop.index->stats().kind, "embedded graph, scores by codes");
  const auto by_codes = shop.index->Find(query, {.k = 20, .one_per_group = false});
  ASSERT_EQ(by_codes->size(), 20U);
  EXPECT_EQ(by_codes->front().id, by_vectors->front().id);

  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_NEAR((*by_codes)[i].score, (*by_vectors)[i].score, 0.01);
}

TEST(SealedStore, IsSealedAgainWithoutWritingTheOldRows) {
  Shop shop;
  FillAndSeal(shop);
  ASSERT_TRUE(shop.Add(100'000, 100'000 + VectorTable::kChunkRows, 3));
  shop.index->WaitUntilSettled();
  ASSERT_TRUE(shop.index->Seal());
  EXPECT_TRUE(*shop.files.Exists(kFolder / "sealed/000001.rows"));
  EXPECT_FALSE(*shop.files.Exists(kFolder / "sealed/000002.graph"));
  EXPECT_TRUE(*shop.files.Exists(kFolder / "sealed/000003.rows"));
  EXPECT_TRUE(*shop.files.Exists(kFolder / "sealed/000004.graph"));
  ExpectSame(shop);
  ASSERT_TRUE(shop.Open());
  ExpectSame(shop);
}

TEST(SealedStore, MayBeOpenedByAnExactIndex) {
  Shop shop;
  FillAndSeal(shop);
  shop.index.reset();
  const auto exact = EmbeddedIndex::Open(shop.files, kFolder,
                                         {.dim = kDim, .kind = IndexKind::kExact, .model_id = "m"});
  ASSERT_TRUE(exact) << exact.error().message;
  EXPECT_EQ((*exact)->stats().vectors, shop.acknowledged.size());
  EXPECT_TRUE((*exact)->Verify());
}

// Readers, a writer and a sealer at once; under ThreadSanitizer it shows that nothing is raced for.
TEST(SealedStore, IsSealedWhileReadersAndAWriterGoOn) {
  Shop shop;
  FillAndSeal(shop);
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      for (VectorId id = static_cast<VectorId>(t); !done; id += 7) {
        const auto hits =
            shop.index->Find(ValuesOf(id % 4000 + 30), {.k = 10, .one_per_group = false});
        if (!hits || hits->size() != 10) ++wrong;
      }
    });
  threads.emplace_back([&] {
    while (!done)
      if (!shop.index->Seal()) ++wrong;
  });
  for (VectorId from = 200; from < 600; from += 20) {
    ASSERT_TRUE(shop.Add(from, from + 40, from));
    ASSERT_TRUE(shop.Remove({from, from + 1}));
  }
  done = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
  ExpectSame(shop);
  ASSERT_TRUE(shop.Open());
  ExpectSame(shop);
}

Result<std::unique_ptr<EmbeddedIndex>> OpenReader(Shop& shop) {
  return EmbeddedIndex::Open(
      shop.files, kFolder,
      {.dim = kDim, .kind = IndexKind::kGraph, .model_id = "m", .read_only = true});
}

Model ContentsOf(const EmbeddedIndex& index) {
  Model contents;
  EXPECT_TRUE(
      index.ForEach([&](const VectorRecord& record) { contents[record.id] = record.group; }));
  return contents;
}

TEST(SealedStore, IsReadBesideItsWriterAndNotChanged) {
  Shop shop;
  FillAndSeal(shop);
  // What a sealing under way and a torn batch look like to a reader.
  const auto next = kFolder / "sealed/000003.rows";
  ASSERT_TRUE(shop.files.OpenAppend(next));
  const auto fresh_log = kFolder / "vectors.log.new";
  ASSERT_TRUE(shop.files.OpenAppend(fresh_log));
  const auto log = kFolder / "vectors.log";
  const std::uint64_t whole = *shop.files.SizeBytes(log);
  const std::array<std::byte, 5> torn = {};
  ASSERT_TRUE((*shop.files.OpenAppend(log))->Append(torn));

  shop.files.FailFrom(0);  // any change would fail from here on
  const auto reader = OpenReader(shop);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_FALSE(shop.files.failed());
  EXPECT_EQ(ContentsOf(**reader), shop.acknowledged);
  EXPECT_EQ((*reader)->log_bytes(), whole);
  EXPECT_EQ((*reader)->Find(ValuesOf(77), {.k = 3})->size(),
            shop.index->Find(ValuesOf(77), {.k = 3})->size());
  const VectorId id = 1;
  EXPECT_EQ((*reader)->Remove({&id, 1}).error().code, Code::kInvalidArgument);
  EXPECT_EQ((*reader)->Seal().error().code, Code::kInvalidArgument);
  EXPECT_EQ((*reader)->Repair().error().code, Code::kInvalidArgument);
  EXPECT_FALSE(shop.files.failed());
  EXPECT_EQ(*shop.files.SizeBytes(log), whole + torn.size());
  EXPECT_TRUE(*shop.files.Exists(next));
}

TEST(SealedStore, KeepsItsFilesForAReaderWhileTheyAreReplaced) {
  Shop shop;
  FillAndSeal(shop);
  const auto reader = OpenReader(shop);
  ASSERT_TRUE(reader);
  const Model before = shop.acknowledged;
  ASSERT_TRUE(shop.Remove({30, 31}));
  ASSERT_TRUE(shop.index->Seal());
  EXPECT_EQ(ContentsOf(**reader), before);
  const auto later = OpenReader(shop);
  ASSERT_TRUE(later);
  EXPECT_EQ(ContentsOf(**later), shop.acknowledged);
  EXPECT_TRUE((*later)->Verify());
}

// A writer seals again and again; each reader sees the vectors of one moment, and none is lost.
TEST(SealedStore, IsOpenedToBeReadWhileItIsSealed) {
  Shop shop;
  FillAndSeal(shop);
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  {
    const std::jthread sealer([&] {
      while (!done)
        if (!shop.index->Seal()) ++wrong;
    });
    for (int i = 0; i < 20; ++i) {
      const auto reader = OpenReader(shop);
      ASSERT_TRUE(reader) << reader.error().message;
      EXPECT_EQ((*reader)->stats().lost, 0U);
      EXPECT_EQ((*reader)->stats().vectors, shop.acknowledged.size());
    }
    done = true;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(SealedStoreErrors, NothingToReadIsNamed) {
  Shop shop;
  const auto reader = OpenReader(shop);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kNotFound);
}

TEST(SealedStoreErrors, ANewerFormatIsRefused) {
  Shop shop;
  FillAndSeal(shop);
  shop.index.reset();
  // In version 9 of the log: its file header, then batch header, record length and type.
  const auto log = RecordLog::Open(shop.files, kFolder / "vectors.log.new",
                                   [](std::span<const std::byte>) { return Status{}; });
  ASSERT_TRUE(log);
  RecordBytes meta = EncodeMeta({.dim = kDim, .model_id = "m"});
  meta[1] = std::byte{9};
  const std::span<const std::byte> record = meta;
  ASSERT_TRUE((*log)->Append({&record, 1}));
  ASSERT_TRUE(shop.files.Rename(kFolder / "vectors.log.new", kFolder / "vectors.log"));
  ASSERT_FALSE(shop.Open());
  EXPECT_EQ(shop.error.code, Code::kUnimplemented);
  EXPECT_NE(shop.error.message.find("newer snapshelf"), std::string::npos);
}

TEST(SealedStoreErrors, AnotherDimOrMetricIsRefused) {
  Shop shop;
  FillAndSeal(shop);
  shop.index.reset();
  for (const EmbeddedOptions& other :
       {EmbeddedOptions{.dim = 32, .model_id = "m"},
        EmbeddedOptions{.dim = kDim, .metric = Metric::kL2, .model_id = "m"}}) {
    const auto opened = EmbeddedIndex::Open(shop.files, kFolder, other);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
  }
}

TEST(SealedStore, GoesBackToALogWhenMostOfItIsRemoved) {
  Shop shop;
  FillAndSeal(shop);
  std::vector<VectorId> removed;
  for (VectorId id = 100; id < kVectors; ++id) removed.push_back(id);
  ASSERT_TRUE(shop.Remove(removed));
  EXPECT_FALSE(*shop.files.Exists(kFolder / "sealed/000001.rows"));
  ExpectSame(shop);
  ASSERT_TRUE(shop.Open());
  ExpectSame(shop);
}

class SealedStoreCrash : public testing::TestWithParam<PowerLoss> {};

std::string NameOf(const testing::TestParamInfo<PowerLoss>& loss) {
  const char* const names[] = {"KeepsNothing", "KeepsHalf", "KeepsAll"};
  return names[static_cast<int>(loss.param)];
}

INSTANTIATE_TEST_SUITE_P(PowerLoss, SealedStoreCrash,
                         testing::Values(PowerLoss::kNothing, PowerLoss::kHalf, PowerLoss::kAll),
                         NameOf);

TEST_P(SealedStoreCrash, KeepsEverythingWhenTheFirstSealingFailsAnywhere) {
  FailEverywhere(
      GetParam(),
      [](Shop& shop) {
        ASSERT_TRUE(shop.Open());
        ASSERT_TRUE(shop.Add(0, kVectors, 1));
        ASSERT_TRUE(shop.Remove({3, 5, kVectors - 1}));
        shop.index->WaitUntilSettled();
      },
      [](Shop& shop) {
        static_cast<void>(shop.index->Seal());
        static_cast<void>(shop.Add(7, 9, 4));
      });
}

TEST_P(SealedStoreCrash, KeepsEverythingWhenALaterSealingFailsAnywhere) {
  FailEverywhere(GetParam(), FillAndSeal, [](Shop& shop) {
    static_cast<void>(shop.index->Seal());
    static_cast<void>(shop.Remove({8}));
  });
}

TEST(SealedStoreErrors, AFullDiskKeepsTheLogAndAnswers) {
  Shop shop;
  ASSERT_TRUE(shop.Open());
  ASSERT_TRUE(shop.Add(0, kVectors, 1));
  shop.index->WaitUntilSettled();
  const std::uint64_t used = shop.index->log_bytes();
  for (std::uint64_t spare = 1000; spare < 2 * used; spare += used / 7) {
    shop.files.SetCapacity(used + spare);
    const Status status = shop.index->Seal();
    if (status) break;
    EXPECT_EQ(status.error().code, Code::kResourceExhausted) << status.error().message;
    EXPECT_EQ(shop.index->Find(ValuesOf(1), {.k = 5, .one_per_group = false})->size(), 5U);
    ExpectSame(shop);
  }
  shop.files.SetCapacity(std::nullopt);
  ASSERT_TRUE(shop.index->Seal());
  ExpectSame(shop);
}

}  // namespace
}  // namespace snapshelf
