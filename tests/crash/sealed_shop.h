#pragma once

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "search/embedded/embedded_index.h"
#include "search/vector_table.h"
#include "storage/faulty_fs.h"

namespace snapshelf {

inline const std::filesystem::path kFolder = "/shop/vectors/1";
constexpr int kDim = 16;
constexpr VectorId kVectors = VectorTable::kChunkRows + 500;  // one sealed chunk, and a rest

using Model = std::map<VectorId, GroupId>;

inline std::array<float, kDim> ValuesOf(VectorId id) {
  std::array<float, kDim> values = {};
  for (int d = 0; d < kDim; ++d) values[d] = static_cast<float>((id * 2654435761U >> d) % 97) - 48;
  values[0] += 0.5F;
  return values;
}

/// A store on a disk that fails when told, and what it should hold.
struct Shop {
  Shop() {
    EXPECT_TRUE(files.CreateDirectories("/shop"));
    EXPECT_TRUE(files.SyncAll("/"));
  }

  bool Open() {
    index.reset();
    auto opened = EmbeddedIndex::Open(files, kFolder,
                                      {.dim = kDim,
                                       .kind = kind,
                                       .model_id = "m",
                                       .check_vectors = check_vectors,
                                       .memory_bytes = memory_bytes});
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
    EXPECT_TRUE(
        index->ForEach([&](const VectorRecord& record) { contents[record.id] = record.group; }));
    return contents;
  }

  FaultyFs files;
  std::uint64_t memory_bytes = 1 << 30;
  bool check_vectors = false;
  IndexKind kind = IndexKind::kGraph;
  std::unique_ptr<EmbeddedIndex> index;
  Model acknowledged;
  Model attempted;
  Error error;
};

/// A store with a sealed chunk, and changes behind it.
inline void FillAndSeal(Shop& shop) {
  ASSERT_TRUE(shop.Open());
  ASSERT_TRUE(shop.Add(0, kVectors, 1));
  ASSERT_TRUE(shop.Remove({3, 5, kVectors - 1}));
  shop.index->WaitUntilSettled();
  ASSERT_TRUE(shop.index->Seal());
  ASSERT_TRUE(shop.Add(10, 13, 2));  // sealed ones, replaced
  ASSERT_TRUE(shop.Remove({20}));
}

inline void ExpectSame(Shop& shop) {
  ASSERT_EQ(shop.Contents(), shop.acknowledged);
  const Status verified = shop.index->Verify();
  EXPECT_TRUE(verified) << verified.error().message;
}

/// Runs `act` with a failure at each call in turn; after each, the store is opened,
/// compared and, by `mend`, made sound.
inline void FailEverywhere(
    PowerLoss loss, const std::function<void(Shop&)>& prepare,
    const std::function<void(Shop&)>& act, const std::function<void(Shop&)>& mend = [](Shop&) {}) {
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
    mend(shop);
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

}  // namespace snapshelf
