// Proves that the vector store keeps every acknowledged change through a crash at any call to the
// disk: one script of changes is run once for every call that it makes, which fails there, and what
// the store then holds is compared with a std::map of what was acknowledged.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string>

#include "search/embedded/embedded_index.h"
#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

const std::filesystem::path kFolder = "/shop/vectors/1";
constexpr int kSteps = 60;
constexpr VectorId kIds = 12;

using Model = std::map<VectorId, GroupId>;

/// The store, and what it has acknowledged.
struct Shop {
  Shop() {
    EXPECT_TRUE(files.CreateDirectories("/shop"));
    EXPECT_TRUE(files.SyncAll("/"));
  }

  FaultyFs files;
  std::unique_ptr<EmbeddedIndex> index;
  Model acknowledged;
  Model attempted;  ///< acknowledged, with the last change that failed
};

bool Open(Shop& shop) {
  shop.index.reset();
  auto opened = EmbeddedIndex::Open(shop.files, kFolder, {.dim = 4, .kind = IndexKind::kExact});
  if (opened) shop.index = std::move(*opened);
  return shop.index != nullptr;
}

/// Step n of the script: batches of adds and replacements, and now and then a removal.
bool Change(Shop& shop, int step) {
  Model after = shop.acknowledged;
  Status status;
  if (step % 5 == 4) {
    const std::array<VectorId, 2> ids = {step % kIds, (step + 3) % kIds};
    for (const VectorId id : ids) after.erase(id);
    status = shop.index->Remove(ids);
  } else {
    std::array<std::array<float, 4>, 3> values;
    std::vector<VectorRecord> records;
    for (std::size_t i = 0; i < 3; ++i) {
      const VectorId id = (static_cast<VectorId>(step) * 5 + i) % kIds;
      const auto group = static_cast<GroupId>(step);
      values[i] = {1, static_cast<float>(id), static_cast<float>(step), 0};
      records.push_back({.id = id, .group = group, .values = values[i]});
      after[id] = group;
    }
    status = shop.index->Add(records);
  }
  if (status) shop.acknowledged = after;
  shop.attempted = after;
  return status.has_value();
}

Model Contents(const VectorIndex& index) {
  Model contents;
  EXPECT_TRUE(
      index.ForEach([&](const VectorRecord& record) { contents[record.id] = record.group; }));
  return contents;
}

/// Runs the script until a change fails; opens the store first.
void RunUntilFailure(Shop& shop) {
  if (!Open(shop)) return;
  for (int step = 0; step < kSteps; ++step)
    if (!Change(shop, step)) return;
}

class VectorStoreCrash : public testing::TestWithParam<PowerLoss> {};

std::string NameOf(const testing::TestParamInfo<PowerLoss>& loss) {
  const char* const names[] = {"KeepsNothing", "KeepsHalf", "KeepsAll"};
  return names[static_cast<int>(loss.param)];
}

INSTANTIATE_TEST_SUITE_P(PowerLoss, VectorStoreCrash,
                         testing::Values(PowerLoss::kNothing, PowerLoss::kHalf, PowerLoss::kAll),
                         NameOf);

TEST_P(VectorStoreCrash, KeepsWhatWasAcknowledgedWhereverThePowerFails) {
  for (std::uint64_t call = 0;; ++call) {
    SCOPED_TRACE(testing::Message() << "power fails at call " << call);
    Shop shop;
    shop.files.FailFrom(call);
    RunUntilFailure(shop);
    const bool unharmed = !shop.files.failed();
    shop.index.reset();
    shop.files.CutPower(GetParam());
    ASSERT_TRUE(Open(shop));
    const Model contents = Contents(*shop.index);
    // The change under way may have reached the disk whole, but never in part.
    ASSERT_TRUE(contents == shop.acknowledged || contents == shop.attempted);
    ASSERT_TRUE(shop.index->Verify());
    shop.acknowledged = contents;
    ASSERT_TRUE(Change(shop, 1));
    ASSERT_TRUE(Open(shop));
    ASSERT_EQ(Contents(*shop.index), shop.acknowledged);
    if (unharmed) {
      EXPECT_GT(call, 100U);  // the script did reach the disk
      return;
    }
  }
}

TEST(VectorStoreErrors, OneFailedCallChangesNothingElse) {
  for (std::uint64_t call = 0;; ++call) {
    SCOPED_TRACE(testing::Message() << "call " << call << " fails");
    Shop shop;
    shop.files.FailOnce(call);
    bool opened = Open(shop);
    if (!opened) opened = Open(shop);
    ASSERT_TRUE(opened);
    for (int step = 0; step < kSteps; ++step) {
      const bool changed = Change(shop, step);
      ASSERT_EQ(Contents(*shop.index), shop.acknowledged) << "changed " << changed;
    }
    const bool unharmed = !shop.files.failed();
    shop.index.reset();
    shop.files.CutPower(PowerLoss::kNothing);
    ASSERT_TRUE(Open(shop));
    ASSERT_EQ(Contents(*shop.index), shop.acknowledged);
    if (unharmed) return;
  }
}

// Compaction writes a second log and renames it: its calls are made to fail one by one.
TEST_P(VectorStoreCrash, KeepsEverythingWhenThePowerFailsDuringACompaction) {
  const auto replace_until = [](Shop& shop, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::array<float, 4> values = {1, static_cast<float>(i % 3), 0, 0};
      const VectorRecord record{
          .id = static_cast<VectorId>(i % 3), .group = static_cast<GroupId>(i), .values = values};
      shop.attempted[record.id] = record.group;
      if (!shop.index->Add(std::span(&record, 1))) return;
      shop.acknowledged = shop.attempted;
    }
  };
  constexpr int kBeforeCompaction = 1026;  // 3 live records, 1,023 garbage
  for (std::uint64_t call = 0;; ++call) {
    SCOPED_TRACE(testing::Message() << "power fails at call " << call);
    Shop shop;
    ASSERT_TRUE(Open(shop));
    replace_until(shop, 0, kBeforeCompaction);
    const std::uint64_t before = shop.index->log_bytes();
    shop.files.FailFrom(call);
    replace_until(shop, kBeforeCompaction, kBeforeCompaction + 5);
    const bool unharmed = !shop.files.failed();
    EXPECT_EQ(unharmed, unharmed && shop.index->log_bytes() < before);
    shop.index.reset();
    shop.files.CutPower(GetParam());
    ASSERT_TRUE(Open(shop));
    const Model contents = Contents(*shop.index);
    ASSERT_TRUE(contents == shop.acknowledged || contents == shop.attempted);
    ASSERT_TRUE(shop.index->Verify());
    if (unharmed) return;
  }
}

TEST(VectorStoreErrors, AFullDiskAtAnySizeChangesNothing) {
  Shop whole;
  RunUntilFailure(whole);
  const std::uint64_t full_bytes = whole.index->log_bytes();
  for (std::uint64_t capacity = 0; capacity < full_bytes; capacity += 7) {
    SCOPED_TRACE(testing::Message() << "disk of " << capacity << " bytes");
    Shop shop;
    shop.files.SetCapacity(capacity);
    RunUntilFailure(shop);
    if (shop.index != nullptr) {
      ASSERT_EQ(Contents(*shop.index), shop.acknowledged);
    }
    shop.files.SetCapacity(std::nullopt);
    ASSERT_TRUE(Open(shop));
    ASSERT_EQ(Contents(*shop.index), shop.acknowledged);
  }
}

}  // namespace
}  // namespace snapshelf
