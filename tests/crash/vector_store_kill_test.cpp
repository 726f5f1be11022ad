// Proves on a real disk that a killed process loses no acknowledged vector: a child adds vectors
// and reports each acknowledgement through a pipe until it is killed with SIGKILL.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>
#include <set>
#include <string>

#include "search/embedded/embedded_index.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<EmbeddedIndex>> Open(const fs::path& folder) {
  return EmbeddedIndex::Open(PosixFileSystem(), folder,
                             {.dim = 4, .kind = IndexKind::kExact, .model_id = "kill"});
}

/// Adds vectors first, first + 1, ... and writes each acknowledged id to `report`.
[[noreturn]] void AddForEver(const fs::path& folder, VectorId first, int report) {
  const auto index = Open(folder);
  if (!index) ::_exit(1);
  for (VectorId id = first;; ++id) {
    const std::array<float, 4> values = {1, static_cast<float>(id), 0, 0};
    const VectorRecord record{.id = id, .group = id, .values = values};
    if (!(*index)->Add(std::span(&record, 1))) ::_exit(1);
    if (::write(report, &id, sizeof id) != sizeof id) ::_exit(1);
  }
}

/// Kills a child that adds vectors once it has acknowledged `count`; returns all that it
/// acknowledged.
std::set<VectorId> AddAndKill(const fs::path& folder, VectorId first, int count) {
  int report[2];
  EXPECT_EQ(::pipe(report), 0);
  const pid_t child = ::fork();
  if (child == 0) AddForEver(folder, first, report[1]);
  ::close(report[1]);
  std::set<VectorId> acknowledged;
  VectorId id = 0;
  while (::read(report[0], &id, sizeof id) == sizeof id) {
    acknowledged.insert(id);
    // The child goes on meanwhile: it dies at any point of a later Add.
    if (static_cast<int>(acknowledged.size()) == count) ::kill(child, SIGKILL);
  }
  ::close(report[0]);
  ::waitpid(child, nullptr, 0);
  return acknowledged;
}

TEST(VectorStoreKill, KeepsEveryAcknowledgedVector) {
  std::string pattern = (fs::temp_directory_path() / "snapshelf-kill-XXXXXX").string();
  const fs::path root = ::mkdtemp(pattern.data());
  const fs::path folder = root / "vectors" / "1";
  std::mt19937 random(17);
  std::set<VectorId> acknowledged;
  for (int round = 0; round < 12; ++round) {
    const VectorId first = static_cast<VectorId>(round) * 1'000'000;
    acknowledged.merge(AddAndKill(folder, first, static_cast<int>(1 + random() % 40)));
    const auto index = Open(folder);
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_TRUE((*index)->Verify());
    std::set<VectorId> kept;
    EXPECT_TRUE((*index)->ForEach([&](const VectorRecord& record) { kept.insert(record.id); }));
    for (const VectorId id : acknowledged) EXPECT_TRUE(kept.contains(id)) << id;
    // At most the one Add of each round that was not reported yet is there besides.
    EXPECT_LE(kept.size(), acknowledged.size() + round + 1);
  }
  fs::remove_all(root);
}

}  // namespace
}  // namespace snapshelf
