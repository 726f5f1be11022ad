// Proves, on a real server, what MilvusIndex promises beyond the contract of VectorIndex: whose
// collections it takes, which kinds of index, and answers that a window of hits does not hold.

#include "search/milvus/milvus_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <set>

#include "milvus/milvus_server.h"
#include "search/milvus/milvus_client.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

class MilvusIndexTest : public testing::Test {
 protected:
  static constexpr int kDim = 32;

  void SetUp() override {
    if (!MissingMilvus().empty()) GTEST_SKIP() << MissingMilvus();
    options_ = SharedMilvusOptions();
    options_.collection = "index_" + std::to_string(::getpid());
    options_.dim = kDim;
    options_.model_id = "model@1";
  }
  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_TRUE(MilvusClient(options_).Drop(options_.collection));
  }

  [[nodiscard]] std::unique_ptr<MilvusIndex> Open() const { return Open(options_); }
  static std::unique_ptr<MilvusIndex> Open(const MilvusOptions& options) {
    auto index = MilvusIndex::Open(options);
    EXPECT_TRUE(index) << index.error().message;
    return index ? std::move(*index) : nullptr;
  }
  static Error ErrorOf(const MilvusOptions& options) {
    auto index = MilvusIndex::Open(options);
    EXPECT_FALSE(index);
    return index ? Error{} : index.error();
  }

  std::vector<float> Random() {
    std::vector<float> values(kDim);
    for (float& value : values) value = normal_(random_);
    return values;
  }
  /// `count` vectors from `first` on, each in the group that `group_of` tells.
  void Fill(VectorIndex& index, VectorId first, std::size_t count,
            const std::function<GroupId(VectorId)>& group_of) {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (std::size_t i = 0; i < count; ++i) values.push_back(Random());
    for (VectorId id = first; id < first + count; ++id)
      records.push_back({.id = id, .group = group_of(id), .values = values[id - first]});
    const Status status = index.Add(records);
    ASSERT_TRUE(status) << status.error().message;
  }

  Metrics metrics_;
  MilvusOptions options_;
  std::minstd_rand random_{5};
  std::normal_distribution<float> normal_;
};

TEST_F(MilvusIndexTest, RefusesACollectionOfAnotherDimMetricOrModel) {
  ASSERT_NE(Open(), nullptr);
  const auto expect = [&](const char* words, auto change) {
    MilvusOptions other = options_;
    change(other);
    const Error error = ErrorOf(other);
    EXPECT_EQ(error.code, Code::kInvalidArgument) << error.message;
    EXPECT_THAT(error.message, HasSubstr(words));
  };
  expect("holds vectors of 32 values", [](MilvusOptions& other) { other.dim = 64; });
  expect("metric=COSINE", [](MilvusOptions& other) { other.metric = Metric::kL2; });
  expect("model=model@1", [](MilvusOptions& other) { other.model_id = "model@2"; });
  expect("has index HNSW",
         [](MilvusOptions& other) { other.index.type = MilvusIndexType::kIvfFlat; });
  EXPECT_NE(Open(), nullptr);
}

TEST_F(MilvusIndexTest, RefusesACollectionOfAnotherProgram) {
  ASSERT_TRUE(MilvusClient(options_).Create(options_.collection, "somebody's", kDim));
  const Error error = ErrorOf(options_);
  EXPECT_EQ(error.code, Code::kAlreadyExists);
  EXPECT_THAT(error.message, HasSubstr("made by another program"));
  EXPECT_THAT(error.message, HasSubstr("somebody's"));
}

TEST_F(MilvusIndexTest, LaysGroupsIntoPartitions) {
  options_.partitions = 4;
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  const auto collection = MilvusClient(options_).Describe(options_.collection);
  ASSERT_TRUE(collection && *collection);
  EXPECT_EQ((*collection)->partitions, 4);
  EXPECT_NE(Open(), nullptr);
}

TEST_F(MilvusIndexTest, GoesOnWithACollectionThatWasOnlyBegun) {
  ASSERT_TRUE(MilvusClient(options_).Create(options_.collection,
                                            "snapshelf 1; metric=COSINE; model=model@1", kDim));
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  EXPECT_TRUE(index->Ready());
}

TEST_F(MilvusIndexTest, SaysSoIfTheServerRefusesThePassword) {
  MilvusOptions other = options_;
  other.password = "wrong";
  const Error error = ErrorOf(other);
  EXPECT_EQ(error.code, Code::kInvalidArgument) << error.message;
  EXPECT_THAT(error.message, HasSubstr("auth"));
  EXPECT_THAT(error.message, Not(HasSubstr("wrong")));
}

TEST_F(MilvusIndexTest, SaysSoIfThereIsNoSuchDatabase) {
  MilvusOptions other = options_;
  other.database = "elsewhere";
  other.deadline_ms = 3'000;
  EXPECT_THAT(ErrorOf(other).message, HasSubstr("elsewhere"));
}

TEST_F(MilvusIndexTest, KeepsToTheDatabaseThatIsNamed) {
  constexpr int kDatabaseName = 2;
  const std::string database = "shop_" + std::to_string(::getpid());
  ASSERT_EQ(AskMilvus("CreateDatabase", kDatabaseName, database), "");
  options_.database = database;
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  Fill(*index, 1, 3, [](VectorId id) { return id; });
  EXPECT_EQ(index->Find(Random(), {.k = 5})->size(), 3U);
  MilvusOptions usual = options_;
  usual.database.clear();
  EXPECT_FALSE(*MilvusClient(usual).Describe(options_.collection));
  EXPECT_TRUE(index->Drop());
  EXPECT_EQ(AskMilvus("DropDatabase", kDatabaseName, database), "");
}

TEST_F(MilvusIndexTest, RefusesCertificatesThatCannotBeRead) {
  options_.ca_file = "/nowhere/ca.pem";
  auto index = MilvusIndex::Connect(options_);
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, Code::kInvalidArgument);
  EXPECT_THAT(index.error().message, HasSubstr("/nowhere/ca.pem"));
  options_.ca_file.clear();
}

TEST_F(MilvusIndexTest, SaysSoIfTheCollectionIsLoadedWithAnotherNumberOfReplicas) {
  ASSERT_NE(Open(), nullptr);
  MilvusOptions other = options_;
  other.replicas = 2;
  other.deadline_ms = 3'000;
  EXPECT_THAT(ErrorOf(other).message, HasSubstr("replica"));
}

TEST_F(MilvusIndexTest, AQueryLoadsTheCollectionThatSomebodyReleased) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  Fill(*index, 1, 3, [](VectorId id) { return id; });
  ASSERT_EQ(index->Find(Random(), {.k = 5})->size(), 3U);
  constexpr int kCollectionName = 3;
  ASSERT_EQ(AskMilvus("ReleaseCollection", kCollectionName, options_.collection), "");
  ASSERT_FALSE(*MilvusClient(options_).IsLoaded(options_.collection));
  const auto hits = index->Find(Random(), {.k = 5});
  ASSERT_TRUE(hits) << hits.error().message;
  EXPECT_EQ(hits->size(), 3U);
}

TEST_F(MilvusIndexTest, AnswersMoreQueriesThanOneSearchTakes) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  Fill(*index, 1, 3, [](VectorId id) { return id; });
  std::vector<float> queries;
  constexpr std::size_t kQueries = 16'390;
  for (std::size_t i = 0; i < kQueries; ++i)
    for (const float value : Random()) queries.push_back(value);
  const auto answers = index->FindBatch(queries, {.k = 1});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(answers->size(), kQueries);
  EXPECT_EQ(answers->back().size(), 1U);
}

TEST_F(MilvusIndexTest, ListsWhatTheServerHasIfItLacksAKindOfIndex) {
  options_.index.type = MilvusIndexType::kDiskAnn;
  const Error error = ErrorOf(options_);
  EXPECT_EQ(error.code, Code::kUnimplemented);
  EXPECT_THAT(error.message,
              HasSubstr("it has FLAT, IVF_FLAT, IVF_SQ8, IVF_PQ, HNSW, SCANN, AUTOINDEX"));
}

TEST_F(MilvusIndexTest, FindsWithEveryKindOfIndexThatTheServerHas) {
  for (const MilvusIndexType type :
       {MilvusIndexType::kFlat, MilvusIndexType::kIvfFlat, MilvusIndexType::kIvfSq8,
        MilvusIndexType::kIvfPq, MilvusIndexType::kHnsw, MilvusIndexType::kScann,
        MilvusIndexType::kAutoIndex}) {
    MilvusOptions options = options_;
    options.collection += MilvusName(type);
    options.index = {.type = type, .lists = 32, .probes = 32, .parts = 16};
    const auto index = Open(options);
    ASSERT_NE(index, nullptr);
    Fill(*index, 0, 1'500, [](VectorId id) { return id; });
    ASSERT_TRUE(index->Settle());
    const auto wanted = Random();
    const VectorRecord record{.id = 7, .group = 7, .values = wanted};
    ASSERT_TRUE(index->Add(std::span(&record, 1)));
    const auto hits = index->Find(wanted, {.k = 20});
    ASSERT_TRUE(hits) << hits.error().message;
    EXPECT_EQ(hits->size(), 20U) << MilvusName(type);
    EXPECT_EQ(hits->front().id, 7U) << MilvusName(type);
    EXPECT_EQ(index->Find(wanted, {.k = 1'500})->size(), 1'500U) << MilvusName(type);
    EXPECT_TRUE(index->Drop());
  }
}

TEST_F(MilvusIndexTest, FindsGroupsBehindMoreHitsThanOneSearchGives) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  // Group 0 has more vectors than a window, all nearer than those of the other groups.
  constexpr std::size_t kNear = kMaxMilvusRows + 100;
  const auto centre = Random();
  auto far = centre;
  for (float& value : far) value = -value;
  std::vector<VectorRecord> records;
  for (VectorId id = 0; id < kNear; ++id)
    records.push_back({.id = id, .group = 0, .values = centre});
  for (VectorId id = kNear; id < kNear + 3; ++id)
    records.push_back({.id = id, .group = id, .values = far});
  ASSERT_TRUE(index->Add(records));
  const auto hits = index->Find(centre, {.k = 3});
  ASSERT_TRUE(hits) << hits.error().message;
  ASSERT_EQ(hits->size(), 3U);
  EXPECT_EQ((*hits)[0].id, 0U);
  EXPECT_EQ((*hits)[1].id, kNear);
  EXPECT_EQ((*hits)[2].id, kNear + 1);
  const GroupFilter others = [](GroupId group) { return group != 0; };
  EXPECT_EQ(index->Find(centre, {.k = 5, .filter = &others})->size(), 3U);
}

TEST_F(MilvusIndexTest, VisitsEveryVectorOnceThroughSegmentsPagesAndReplacements) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  const auto third = [](VectorId id) { return id / 3; };
  Fill(*index, 0, 9'000, third);
  ASSERT_TRUE(index->Settle());
  Fill(*index, 8'000, 9'000, third);  // a thousand of them anew
  const VectorId gone[] = {5, 8'500, 16'999};
  ASSERT_TRUE(index->Remove(gone));
  std::vector<VectorId> ids;
  ASSERT_TRUE(index->ForEach([&](const VectorRecord& record) {
    ids.push_back(record.id);
    ASSERT_EQ(record.group, third(record.id));
  }));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::set<VectorId>(ids.begin(), ids.end()).size(), 16'997U);
  EXPECT_EQ(ids.size(), 16'997U);
  EXPECT_EQ(index->stats().vectors, 16'997U);
  EXPECT_EQ(index->stats().groups, 5'667U);
}

TEST_F(MilvusIndexTest, SharesACollectionWithOthers) {
  options_.consistency = MilvusConsistency::kStrong;
  const auto one = Open();
  const auto other = Open();
  ASSERT_NE(other, nullptr);
  Fill(*one, 1, 1, [](VectorId) { return 1; });
  const auto query = Random();
  EXPECT_EQ(other->Find(query, {.k = 5})->size(), 1U);
  const VectorId gone[] = {1};
  ASSERT_TRUE(other->Remove(gone));
  EXPECT_TRUE(one->Find(query, {.k = 5})->empty());
}

TEST_F(MilvusIndexTest, FindsAgainAfterSomebodyDroppedTheCollection) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  ASSERT_TRUE(MilvusClient(options_).Drop(options_.collection));
  EXPECT_FALSE(index->Find(Random(), {.k = 5}));
  const auto hits = index->Find(Random(), {.k = 5});
  ASSERT_TRUE(hits) << hits.error().message;
  EXPECT_TRUE(hits->empty());
}

TEST_F(MilvusIndexTest, CountsItsCalls) {
  options_.metrics = &metrics_;
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  ASSERT_TRUE(index->Find(Random(), {.k = 5}));
  EXPECT_THAT(metrics_.Write(), HasSubstr(R"(call="search",end="done"} 1)"));
  EXPECT_THAT(metrics_.Write(), HasSubstr("snapshelf_milvus_breaker_open{endpoint=\"" +
                                          options_.endpoints[0] + "\"} 0"));
}

}  // namespace
}  // namespace snapshelf
