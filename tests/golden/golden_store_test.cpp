// Proves that a store of the first version of sealed segments opens, is sound, holds what it held
// and gives the answers that were written down when it was made (make_golden_store.cpp).

#include "golden_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

class GoldenStore : public testing::TestWithParam<IndexKind> {
 protected:
  // Opening may change a store, so it is copied first.
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "snapshelf-golden-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    fs::copy(SNAPSHELF_GOLDEN_STORE, folder_, fs::copy_options::recursive);
    EmbeddedOptions options = golden::kOptions;
    options.kind = GetParam();
    auto opened = EmbeddedIndex::Open(PosixFileSystem(), folder_ / "vectors", options);
    ASSERT_TRUE(opened) << opened.error().message;
    index_ = std::move(*opened);
    index_->WaitUntilSettled();
  }
  void TearDown() override {
    index_.reset();
    fs::remove_all(folder_);
  }

  fs::path folder_;
  std::unique_ptr<EmbeddedIndex> index_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, GoldenStore,
                         testing::Values(IndexKind::kExact, IndexKind::kGraph, IndexKind::kAuto));

TEST_P(GoldenStore, IsSoundAndHoldsWhatItHeld) {
  const Status verified = index_->Verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(index_->stats().lost, 0U);
  VectorId expected = 0;
  EXPECT_TRUE(index_->ForEach([&](const VectorRecord& record) {
    while (golden::IsRemoved(expected)) ++expected;
    ASSERT_EQ(record.id, expected);
    ASSERT_EQ(record.group, expected / 2);
    const golden::Values values =
        golden::IsReplaced(expected) ? golden::NewVectorOf(expected) : golden::VectorOf(expected);
    double dot = 0;
    double length = 0;
    for (int d = 0; d < golden::kDim; ++d) {
      dot += static_cast<double>(record.values[d]) * values[d];
      length += static_cast<double>(values[d]) * values[d];
    }
    ASSERT_NEAR(dot / std::sqrt(length), 1, 1e-5) << expected;
    ++expected;
  }));
  EXPECT_EQ(expected, golden::kVectors);
}

TEST_P(GoldenStore, GivesTheRecordedAnswers) {
  std::ifstream file(folder_ / "answers.txt");
  std::string line;
  std::size_t found = 0;
  std::size_t query = 0;
  for (; std::getline(file, line); ++query) {
    std::map<VectorId, float> recorded;
    std::istringstream words(line);
    for (VectorId id = 0; words >> id;) words >> recorded[id];
    ASSERT_EQ(recorded.size(), std::size_t{golden::kHits});
    const auto hits = index_->Find(golden::QueryOf(query), {.k = golden::kHits});
    ASSERT_TRUE(hits) << hits.error().message;
    for (const Hit& hit : *hits) {
      const auto known = recorded.find(hit.id);
      if (known == recorded.end()) continue;
      EXPECT_NEAR(hit.score, known->second, 2e-6);
      ++found;
    }
  }
  ASSERT_EQ(query, golden::kQueries);
  const std::size_t wanted = golden::kQueries * golden::kHits;
  EXPECT_GE(found, GetParam() == IndexKind::kGraph ? wanted * 95 / 100 : wanted);
}

TEST_P(GoldenStore, TakesChangesAndKeepsThem) {
  const golden::Values values = golden::QueryOf(3);
  const VectorRecord record{.id = 77, .group = 1'000'000, .values = values};
  ASSERT_TRUE(index_->Add({&record, 1}));
  index_->WaitUntilSettled();
  ASSERT_TRUE(index_->Seal());
  index_.reset();
  EmbeddedOptions options = golden::kOptions;
  options.kind = GetParam();
  const auto again = EmbeddedIndex::Open(PosixFileSystem(), folder_ / "vectors", options);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE((*again)->Verify());
  EXPECT_EQ((*again)->Find(values, {.k = 1})->front().group, 1'000'000U);
}

}  // namespace
}  // namespace snapshelf
