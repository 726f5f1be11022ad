// Proves that damage of sealed files is found and named, costs the damaged rows only, and is
// mended: what the store then holds is compared with a std::map; the repair is made to fail at
// every call to the disk.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sealed_shop.h"

namespace snapshelf {
namespace {

constexpr VectorId kChunk = VectorTable::kChunkRows;
const std::filesystem::path kRows = kFolder / "sealed/000001.rows";
const std::filesystem::path kGraph = kFolder / "sealed/000004.graph";
constexpr std::uint64_t kValuesBytes = kChunk * kDim * sizeof(float);
constexpr std::uint64_t kNamesBytes = kChunk * 16;
// In the first rows file, which has two chunks: a page of header, then values and names of each.
constexpr std::uint64_t kSecondNames = 4096 + kValuesBytes + kNamesBytes + kValuesBytes + 100;
constexpr std::uint64_t kSecondValues = 4096 + kValuesBytes + kNamesBytes + 1000;

/// Two chunks in a file, one in another, and changes behind them; ids are row numbers.
void FillTwoFiles(Shop& shop) {
  ASSERT_TRUE(shop.Open());
  ASSERT_TRUE(shop.Add(0, 2 * kChunk, 1));
  shop.index->WaitUntilSettled();
  ASSERT_TRUE(shop.index->Seal());
  ASSERT_TRUE(shop.Remove({5, kChunk + 6}));
  ASSERT_TRUE(shop.Add(2 * kChunk, 3 * kChunk + 50, 1));
  shop.index->WaitUntilSettled();
  ASSERT_TRUE(shop.index->Seal());
  ASSERT_TRUE(shop.Remove({7, kChunk + 8}));
  ASSERT_TRUE(shop.Add(kChunk + 9, kChunk + 11, 2));  // one of them lies in the log from now on
  shop.index.reset();
}

/// Ids from `from` to `to` are gone, but for those that the log has.
void Forget(Shop& shop, VectorId from, VectorId to) {
  std::erase_if(shop.acknowledged, [&](const auto& vector) {
    return vector.first >= from && vector.first < to && vector.second == 1;
  });
}

void Cut(Shop& shop, const std::filesystem::path& file, std::uint64_t size) {
  ASSERT_TRUE((*shop.files.OpenAppend(file))->Truncate(size));
}

/// The rows of the damaged chunks are dead, told of, and not in the way of changes.
void ExpectServedAndMended(Shop& shop, std::size_t lost) {
  ASSERT_TRUE(shop.Open()) << shop.error.message;
  EXPECT_EQ(shop.index->stats().lost, lost);
  ASSERT_EQ(shop.Contents(), shop.acknowledged);
  for (const VectorId id : {VectorId{1}, 3 * kChunk - 1})
    EXPECT_EQ(shop.index->Find(ValuesOf(id + 1), {.k = 9, .one_per_group = false})->size(), 9U);
  const Status verified = shop.index->Verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::kCorruption);
  EXPECT_NE(verified.error().message.find("000001.rows"), std::string::npos);
  // Nothing is thrown away before it is repaired.
  EXPECT_EQ(shop.index->Seal().error().code, Code::kUnavailable);

  ASSERT_TRUE(shop.Add(kChunk + 20, kChunk + 22, 3));
  ASSERT_TRUE(shop.Remove({kChunk + 30, 1}));
  ASSERT_TRUE(shop.Open());
  EXPECT_EQ(shop.index->stats().lost, lost);
  ASSERT_EQ(shop.Contents(), shop.acknowledged);

  const Status repaired = shop.index->Repair();
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(shop.index->stats().lost, 0U);
  ExpectSame(shop);
  EXPECT_FALSE(*shop.files.Exists(kRows));
  ASSERT_TRUE(shop.Add(kChunk + 40, kChunk + 42, 3));
  ASSERT_TRUE(shop.index->Seal());
  ASSERT_TRUE(shop.Open());
  EXPECT_EQ(shop.index->stats().lost, 0U);
  ExpectSame(shop);
}

TEST(DamagedStore, LosesOnlyTheChunkWhoseNamesAreDamaged) {
  Shop shop;
  FillTwoFiles(shop);
  shop.files.FlipBit(kRows, kSecondNames, 3);
  Forget(shop, kChunk, 2 * kChunk);
  // Dead when it was sealed were two rows, one of them in this chunk.
  ExpectServedAndMended(shop, kChunk - 1);
}

TEST(DamagedStore, LosesOnlyTheChunkWhoseVectorsAreDamaged) {
  Shop shop;
  FillTwoFiles(shop);
  shop.files.FlipBit(kRows, kSecondValues, 3);
  ASSERT_TRUE(shop.Open());
  ASSERT_EQ(shop.Contents(), shop.acknowledged) << "nobody has looked yet";
  const Status verified = shop.index->Verify();
  ASSERT_FALSE(verified);
  EXPECT_NE(verified.error().message.find("000001.rows"), std::string::npos);
  shop.check_vectors = true;
  Forget(shop, kChunk, 2 * kChunk);
  ExpectServedAndMended(shop, kChunk - 1);
}

TEST(DamagedStore, LosesOnlyTheFileThatIsCutOrMissing) {
  for (const std::uint64_t size : {std::uint64_t{0}, kSecondNames, std::uint64_t{300'000'000}}) {
    Shop shop;
    FillTwoFiles(shop);
    const std::uint64_t whole = *shop.files.SizeBytes(kRows);
    if (size > whole) {
      ASSERT_TRUE(shop.files.Remove(kRows));
    } else {
      Cut(shop, kRows, size);
    }
    Forget(shop, 0, 2 * kChunk);
    ExpectServedAndMended(shop, 2 * kChunk - 2);
  }
}

TEST(DamagedStore, LosesNothingWithTheHeaderOfAFile) {
  Shop shop;
  FillTwoFiles(shop);
  shop.files.FlipBit(kRows, 20, 3);
  ExpectServedAndMended(shop, 0);
}

TEST(DamagedStore, IsMendedWithoutAGraphToo) {
  Shop shop;
  FillTwoFiles(shop);
  shop.kind = IndexKind::kExact;
  shop.files.FlipBit(kRows, kSecondNames, 3);
  Forget(shop, kChunk, 2 * kChunk);
  ASSERT_TRUE(shop.Open());
  ASSERT_EQ(shop.Contents(), shop.acknowledged);
  ASSERT_TRUE(shop.index->Repair());
  ExpectSame(shop);
  ASSERT_TRUE(shop.Open());
  ExpectSame(shop);
}

TEST(DamagedStore, NamesWhatIsLostAndWhatLiesBesideIt) {
  Shop shop;
  FillTwoFiles(shop);
  shop.files.FlipBit(kRows, kSecondNames, 3);
  ASSERT_TRUE(shop.Open());
  EXPECT_EQ(shop.index->LostAndBeside(), (std::vector<VectorId>{kChunk - 1, 2 * kChunk}));
  shop.files.FlipBit(kRows, kSecondNames, 3);
  shop.files.FlipBit(kRows, kSecondValues, 3);
  shop.check_vectors = true;
  ASSERT_TRUE(shop.Open());
  auto ids = shop.index->LostAndBeside();
  EXPECT_EQ(ids.size(), kChunk - 1 + 2);
  EXPECT_EQ(std::ranges::count(ids, kChunk + 6), 0) << "was removed";
  EXPECT_EQ(std::ranges::count(ids, kChunk + 700), 1);
}

TEST(DamagedStore, BuildsADamagedCutOrMissingGraphAgain) {
  Shop whole;
  FillTwoFiles(whole);
  const std::uint64_t size = *whole.files.SizeBytes(kGraph);
  const std::uint64_t kCut = 1;
  const std::uint64_t kMissing = 2;
  for (const std::uint64_t byte : {kCut, kMissing, std::uint64_t{20}, std::uint64_t{4096 + 9},
                                   std::uint64_t{2 * 4096 + 9}, size / 4, size / 2, size - 9}) {
    SCOPED_TRACE(byte);
    Shop shop;
    FillTwoFiles(shop);
    if (byte == kCut)
      Cut(shop, kGraph, size / 3);
    else if (byte == kMissing)
      ASSERT_TRUE(shop.files.Remove(kGraph));
    else
      shop.files.FlipBit(kGraph, byte, static_cast<int>(byte % 8));
    ASSERT_TRUE(shop.Open()) << shop.error.message;
    EXPECT_EQ(shop.index->stats().lost, 0U);
    shop.index->WaitUntilSettled();
    EXPECT_EQ(shop.Contents(), shop.acknowledged);
    EXPECT_EQ(shop.index->Find(ValuesOf(1), {.k = 5, .one_per_group = false})->size(), 5U);
    const Status verified = shop.index->Verify();
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Code::kCorruption);
    EXPECT_NE(verified.error().message.find("000004.graph"), std::string::npos);
    ASSERT_TRUE(shop.index->Seal());
    ExpectSame(shop);
    ASSERT_TRUE(shop.Open());
    ExpectSame(shop);
  }
}

TEST(DamagedStore, TellsOfEveryDamage) {
  Shop shop;
  FillTwoFiles(shop);
  shop.files.FlipBit(kRows, kSecondNames, 3);
  shop.files.FlipBit(kFolder / "sealed/000003.rows", 5000, 3);
  shop.files.FlipBit(kGraph, 20'000, 3);
  ASSERT_TRUE(shop.Open());
  const Status verified = shop.index->Verify();
  for (const char* const file : {"000001.rows", "000003.rows", "000004.graph"})
    EXPECT_NE(verified.error().message.find(file), std::string::npos) << file;
}

TEST(DamagedStore, IsRepairedOrAsItWasWhenTheRepairFailsAnywhere) {
  FailEverywhere(
      PowerLoss::kHalf,
      [](Shop& shop) {
        FillAndSeal(shop);
        shop.index.reset();
        shop.files.FlipBit(kRows, 4096 + kValuesBytes + 100, 3);
        ASSERT_TRUE(shop.Open());
        ASSERT_EQ(shop.index->stats().lost, kChunk - 2);
        shop.acknowledged = shop.attempted = shop.Contents();
        ASSERT_GT(shop.acknowledged.size(), 400U);
      },
      [](Shop& shop) { static_cast<void>(shop.index->Repair()); },
      [](Shop& shop) { ASSERT_TRUE(shop.index->Repair()); });
}

}  // namespace
}  // namespace snapshelf
