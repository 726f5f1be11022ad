// Proves that sealing the log into files loses nothing: it is made to fail at every call to the
// disk, with every kind of power loss, and what the store then holds is compared with a std::map of
// what was acknowledged; damaged and missing files are found and named.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "search/embedded/embedded_index.h"
#include "search/vector_table.h"
#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

const std::filesystem::path kFolder = "/shop/vectors/1";
constexpr int kDim = 16;
constexpr VectorId kVectors = VectorTable::kChunkRows + 500;  // one sealed chunk, and a rest

using Model = std::map<VectorId, GroupId>;

std::array<float, kDim> ValuesOf(VectorId id) {
  std::array<float, kDim> values = {};
  for (int d = 0; d < kDim; ++d) values[d] = static_cast<float>((id * 2654435761U >> d) % 97) - 48;
  values[0] += 0.5F;
  return values;
}

struct Shop {
  Shop() {
    EXPECT_TRUE(files.CreateDirectories("/shop"));
    EXPECT_TRUE(files.SyncAll("/"));
  }

  bool Open() {
    index.reset();
    auto opened = EmbeddedIndex::Open(
        files, kFolder,
        {.dim = kDim, .kind = IndexKind::kGraph, .model_id = "m", .memory_bytes = memory_bytes});
    if (!opened) error = opened.error();
    if (opened) index = std::move(*opened);
    return index != nullptr;
  }

  bool Add(VectorId from, VectorId to, GroupId group) {
    std::vector<std::array<float, kDim>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = from; id < to; ++id) values.push_back(ValuesOf(id + group));
    attempted = acknowledged;
    for (VectorId id = from; id < to; ++id) {
      records.push_back({.id = id, .group = group, .values = values[id - from]});
      attempted[id] = group;
    }
    if (!index->Add(records)) return false;
    acknowledged = attempted;
    return true;
  }

  bool Remove(std::vector<VectorId> ids) {
    attempted = acknowledged;
    for (const VectorId id : ids) attempted.erase(id);
    if (!index->Remove(ids)) return false;
    acknowledged = attempted;
    return true;
  }

  [[nodiscard]] Model Contents() const {
    Model contents;
    index->ForEach([&](const VectorRecord& record) { contents[record.id] = record.group; });
    return contents;
  }

  FaultyFs files;
  std::uint64_t memory_bytes = 1 << 30;
  std::unique_ptr<EmbeddedIndex> index;
  Model acknowledged;
  Model attempted;
  Error error;
};

/// A store with a sealed chunk, and changes behind it.
void FillAndSeal(Shop& shop) {
  ASSERT_TRUE(shop.Open());
  ASSERT_TRUE(shop.Add(0, kVectors, 1));
  ASSERT_TRUE(shop.Remove({3, 5, kVectors - 1}));
  shop.index->WaitUntilSettled();
  ASSERT_TRUE(shop.index->Seal());
  ASSERT_TRUE(shop.Add(10, 13, 2));  // sealed ones, replaced
  ASSERT_TRUE(shop.Remove({20}));
}

void ExpectSame(Shop& shop) {
  ASSERT_EQ(shop.Contents(), shop.acknowledged);
  const Status verified = shop.index->Verify();
  EXPECT_TRUE(verified) << verified.error().message;
}

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

TEST(SealedStore, IsReadByTwoAtOnce) {
  Shop shop;
  FillAndSeal(shop);
  const auto second = EmbeddedIndex::Open(
      shop.files, kFolder, {.dim = kDim, .kind = IndexKind::kGraph, .model_id = "m"});
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->Find(ValuesOf(77), {.k = 3})->size(),
            shop.index->Find(ValuesOf(77), {.k = 3})->size());
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

/// Runs `act` with a failure at each call in turn; after each, the store is opened and compared.
void FailEverywhere(PowerLoss loss, const std::function<void(Shop&)>& prepare,
                    const std::function<void(Shop&)>& act) {
  for (std::uint64_t call = 0;; ++call) {
    SCOPED_TRACE(testing::Message() << "power fails at call " << call);
    Shop shop;
    prepare(shop);
    shop.files.FailFrom(call);
    act(shop);
    const bool unharmed = !shop.files.failed();
    shop.index.reset();
    shop.files.CutPower(loss);
    ASSERT_TRUE(shop.Open()) << shop.error.message;
    const Model contents = shop.Contents();
    ASSERT_TRUE(contents == shop.acknowledged || contents == shop.attempted);
    ASSERT_TRUE(shop.index->Verify());
    // What was left behind is in nobody's way.
    shop.acknowledged = contents;
    ASSERT_TRUE(shop.Add(1, 2, 9));
    shop.index->WaitUntilSettled();
    ASSERT_TRUE(shop.index->Seal());
    ASSERT_TRUE(shop.Open());
    ASSERT_EQ(shop.Contents(), shop.acknowledged);
    if (unharmed) return;
  }
}

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

/// Flips one bit of the file and says how the store takes it.
struct Damage {
  bool opened = false;
  Status verified;
  std::string message;
};

Damage FlipAndOpen(const std::filesystem::path& file, std::uint64_t byte) {
  Shop shop;
  FillAndSeal(shop);
  shop.index.reset();
  shop.files.FlipBit(file, byte, static_cast<int>(byte % 8));
  Damage damage{.opened = shop.Open()};
  damage.message = shop.error.message;
  if (!damage.opened) return damage;
  shop.index->WaitUntilSettled();
  EXPECT_EQ(shop.Contents(), shop.acknowledged);
  EXPECT_EQ(shop.index->Find(ValuesOf(1), {.k = 5, .one_per_group = false})->size(), 5U);
  damage.verified = shop.index->Verify();
  return damage;
}

TEST(SealedStoreErrors, ADamagedGraphIsNamedAndBuiltAgain) {
  Shop shop;
  FillAndSeal(shop);
  const auto graph = kFolder / "sealed/000002.graph";
  const std::uint64_t size = *shop.files.SizeBytes(graph);
  for (const std::uint64_t byte :
       {size / 4, size / 2, size - 20'000, std::uint64_t{3 * 4096 + 9}}) {
    const Damage damage = FlipAndOpen(graph, byte);
    ASSERT_TRUE(damage.opened) << "byte " << byte << ": " << damage.message;
    ASSERT_FALSE(damage.verified) << "byte " << byte;
    EXPECT_EQ(damage.verified.error().code, Code::kCorruption);
    EXPECT_NE(damage.verified.error().message.find("000002.graph"), std::string::npos);
  }
}

TEST(SealedStoreErrors, DamagedNamesAreFoundAtTheStart) {
  for (const char* const file : {"sealed/000001.rows", "sealed/000002.graph"}) {
    const Damage damage = FlipAndOpen(kFolder / file, 20);  // in the header
    ASSERT_FALSE(damage.opened);
    EXPECT_NE(damage.message.find(file), std::string::npos) << damage.message;
  }
  const std::uint64_t ids = 4096 + VectorTable::kChunkRows * kDim * sizeof(float) + 100;
  const Damage damage = FlipAndOpen(kFolder / "sealed/000001.rows", ids);
  ASSERT_FALSE(damage.opened);
  EXPECT_NE(damage.message.find("000001.rows"), std::string::npos) << damage.message;
}

TEST(SealedStoreErrors, ADamagedVectorIsFoundByVerify) {
  const Damage damage = FlipAndOpen(kFolder / "sealed/000001.rows", 4096 + 1000);
  ASSERT_TRUE(damage.opened) << damage.message;
  ASSERT_FALSE(damage.verified);
  EXPECT_NE(damage.verified.error().message.find("000001.rows"), std::string::npos);
}

TEST(SealedStoreErrors, AMissingFileIsNamed) {
  for (const char* const file : {"sealed/000001.rows", "sealed/000002.graph"}) {
    Shop shop;
    FillAndSeal(shop);
    shop.index.reset();
    ASSERT_TRUE(shop.files.Remove(kFolder / file));
    ASSERT_FALSE(shop.Open());
    EXPECT_NE(shop.error.message.find(file), std::string::npos) << shop.error.message;
  }
}

}  // namespace
}  // namespace snapshelf
