// Proves what happens when servers are absent, slow, silent or restarted: with a real server of its
// own that is stopped, killed and started again by its pid.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "milvus/milvus_server.h"
#include "search/milvus/milvus_index.h"

namespace snapshelf {
namespace {

using testing::HasSubstr;

constexpr int kDim = 16;

/// A port that takes connections and says nothing, as behind a firewall that forgot them.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET,
                        .sin_port = 0,
                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
                        .sin_zero = {}};
    auto* where = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, where, size), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
    EXPECT_EQ(::getsockname(socket_, where, &size), 0);
    name_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentPort() { ::close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  int socket_;
  std::string name_;
};

std::vector<float> VectorOf(VectorId id) {
  std::vector<float> values(kDim);
  for (std::size_t d = 0; d < kDim; ++d) values[d] = static_cast<float>((id * 31 + d * 17) % 101);
  values[0] += 1;
  return values;
}

class MilvusFaults : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = MissingMilvus(); !reason.empty()) GTEST_SKIP() << reason;
    options_ = SharedMilvusOptions();
    options_.collection = "faults_" + std::to_string(::getpid());
    options_.dim = kDim;
    options_.model_id = "model@1";
  }

  /// server.py COMMAND FOLDER MORE, on the server of these tests.
  static void Server(const std::string& command, const std::string& more = "") {
    const std::string line = "python3 " SNAPSHELF_SOURCE_DIR "/tests/milvus/server.py " + command +
                             " " SNAPSHELF_MILVUS_FOLDER " " + more;
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }

  [[nodiscard]] std::unique_ptr<MilvusIndex> Open() const {
    auto index = MilvusIndex::Open(options_);
    EXPECT_TRUE(index) << index.error().message;
    return index ? std::move(*index) : nullptr;
  }
  static Status Add(VectorIndex& index, VectorId first, VectorId end) {
    std::vector<std::vector<float>> values;
    std::vector<VectorRecord> records;
    for (VectorId id = first; id < end; ++id) values.push_back(VectorOf(id));
    for (VectorId id = first; id < end; ++id)
      records.push_back({.id = id, .group = id, .values = values[id - first]});
    return index.Add(records);
  }

  MilvusOptions options_;
};

TEST_F(MilvusFaults, AnAbsentServerIsNamedAndFoundOnceItIsThere) {
  options_.deadline_ms = 5'000;
  Server("signal", "KILL");
  auto index = MilvusIndex::Connect(options_);
  ASSERT_TRUE(index);
  const Status absent = (*index)->Ready();
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::kUnavailable) << absent.error().message;
  EXPECT_THAT(absent.error().message, HasSubstr(options_.endpoints[0]));
  EXPECT_FALSE((*index)->Find(VectorOf(1), {.k = 1}));
  Server("again");
  while (!(*index)->Ready()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(Add(**index, 0, 3));
  EXPECT_TRUE((*index)->Drop());
}

TEST_F(MilvusFaults, ASlowServerMeetsTheDeadlineAndIsUsedAgain) {
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  ASSERT_TRUE(Add(*index, 0, 3));
  MilvusOptions hasty = options_;
  hasty.deadline_ms = 1'500;
  hasty.attempt_ms = 500;
  auto other = MilvusIndex::Connect(hasty);
  Server("signal", "STOP");
  const auto hits = (*other)->Find(VectorOf(1), {.k = 1});
  const Status added = Add(**other, 5, 6);
  Server("signal", "CONT");
  ASSERT_FALSE(hits);
  EXPECT_EQ(hits.error().code, Code::kDeadlineExceeded) << hits.error().message;
  EXPECT_FALSE(added);
  EXPECT_EQ(index->Find(VectorOf(1), {.k = 1})->size(), 1U);
  EXPECT_TRUE(index->Drop());
}

TEST_F(MilvusFaults, AnotherEndpointAnswersForADeadOrSilentOne) {
  const SilentPort silent;
  options_.endpoints.insert(options_.endpoints.begin(), {"127.0.0.1:1", silent.name()});
  options_.attempt_ms = 2'000;
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  ASSERT_TRUE(Add(*index, 0, 30));
  for (VectorId id = 0; id < 30; ++id) {
    const auto hits = index->Find(VectorOf(id), {.k = 1});
    ASSERT_TRUE(hits) << hits.error().message;
    EXPECT_EQ(hits->front().id, id);
  }
  EXPECT_TRUE(index->Drop());
}

TEST_F(MilvusFaults, AnotherEndpointTakesAWriteThatOneLeavesUnanswered) {
  ASSERT_NE(Open(), nullptr);
  const SilentPort silent;
  options_.endpoints.push_back(silent.name());
  options_.deadline_ms = 16'000;
  const auto index = MilvusIndex::Connect(options_);
  ASSERT_TRUE(index);
  // In turns, so that one of two writes begins at the silent one.
  for (VectorId id = 0; id < 2; ++id) {
    const Status added = Add(**index, id, id + 1);
    ASSERT_TRUE(added) << added.error().message;
  }
  EXPECT_EQ((*index)->stats().vectors, 2U);
  EXPECT_TRUE((*index)->Drop());
}

TEST_F(MilvusFaults, ARestartWhileAddingLosesNothingAndDoublesNothing) {
  // Longer than a busy machine takes for the start.
  options_.deadline_ms = 180'000;
  const auto index = Open();
  ASSERT_NE(index, nullptr);
  constexpr VectorId kBatch = 50;
  std::atomic<bool> done = false;
  std::atomic<VectorId> added = 0;
  std::jthread writer([&] {
    while (!done) {
      const Status status = Add(*index, added, added + kBatch);
      ASSERT_TRUE(status) << status.error().message;
      added += kBatch;
      added.notify_all();
    }
  });
  for (VectorId seen = 0; (seen = added) < 10 * kBatch;) added.wait(seen);
  Server("signal", "KILL");
  Server("again");
  for (VectorId before = added, seen = 0; (seen = added) < before + 3 * kBatch;) added.wait(seen);
  done = true;
  writer.join();
  std::map<VectorId, int> times;
  ASSERT_TRUE(index->ForEach([&](const VectorRecord& record) { ++times[record.id]; }));
  EXPECT_EQ(times.size(), added);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
  EXPECT_EQ(index->stats().vectors, added);
  EXPECT_TRUE(index->Drop());
}

}  // namespace
}  // namespace snapshelf
