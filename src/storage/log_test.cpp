// Proves that a record log keeps what it acknowledged and nothing else, by damaging real logs at
// every byte of an in-memory disk.

#include "storage/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

const std::filesystem::path kPath = "/log";
using Strings = std::vector<std::string>;

std::unique_ptr<RecordLog> MustOpen(FileSystem& files, Strings* replayed = nullptr) {
  auto log = RecordLog::Open(files, kPath, [&](std::span<const std::byte> bytes) {
    if (replayed != nullptr)
      replayed->emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return Status{};
  });
  EXPECT_TRUE(log) << log.error().message;
  return std::move(*log);
}

Strings Replay(FileSystem& files) {
  Strings replayed;
  MustOpen(files, &replayed);
  return replayed;
}

Status Append(RecordLog& log, const Strings& records) {
  std::vector<std::span<const std::byte>> spans;
  for (const std::string& record : records) spans.push_back(std::as_bytes(std::span(record)));
  return log.Append(spans);
}

Code CodeOfOpen(FileSystem& files) {
  const auto log = RecordLog::Open(files, kPath, [](auto) { return Status{}; });
  return log ? Code::kInternal : log.error().code;
}

/// A log of two batches; returns the offset of the second.
std::uint64_t WriteTwoBatches(FaultyFs& files) {
  const auto log = MustOpen(files);
  EXPECT_TRUE(Append(*log, {"first", ""}));
  const std::uint64_t second = log->size_bytes();
  EXPECT_TRUE(Append(*log, {"second", "third"}));
  return second;
}

void CutFile(FaultyFs& files, std::uint64_t size) {
  const auto file = files.OpenAppend(kPath);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->Truncate(size));
  ASSERT_TRUE((*file)->Sync());
}

TEST(RecordLog, ReplaysRecordsInOrder) {
  FaultyFs files;
  WriteTwoBatches(files);
  EXPECT_EQ(Replay(files), (Strings{"first", "", "second", "third"}));
}

TEST(RecordLog, AppendsNothingForNoRecords) {
  FaultyFs files;
  const auto log = MustOpen(files);
  const std::uint64_t size = log->size_bytes();
  EXPECT_TRUE(Append(*log, {}));
  EXPECT_EQ(log->size_bytes(), size);
}

TEST(RecordLog, CutsALastBatchTornAtAnyByte) {
  FaultyFs whole;
  const std::uint64_t second = WriteTwoBatches(whole);
  for (std::uint64_t size = second; size < *whole.SizeBytes(kPath); ++size) {
    FaultyFs files;
    WriteTwoBatches(files);
    CutFile(files, size);
    EXPECT_EQ(Replay(files), (Strings{"first", ""})) << "cut at " << size;
    EXPECT_EQ(*files.SizeBytes(kPath), second);
    const auto log = MustOpen(files);
    EXPECT_TRUE(Append(*log, {"again"}));
    EXPECT_EQ(Replay(files), (Strings{"first", "", "again"})) << "cut at " << size;
  }
}

TEST(RecordLog, StartsAnewIfItsHeaderIsTorn) {
  for (std::uint64_t size = 0; size < 16; ++size) {
    FaultyFs files;
    MustOpen(files);
    CutFile(files, size);
    EXPECT_EQ(Replay(files), Strings{}) << "cut at " << size;
    EXPECT_EQ(*files.SizeBytes(kPath), 16U);
  }
}

TEST(RecordLog, CutsATailOfZeros) {
  FaultyFs files;
  WriteTwoBatches(files);
  {
    const auto file = files.OpenAppend(kPath);
    const std::vector<std::byte> zeros(5000);
    ASSERT_TRUE((*file)->Append(zeros));
  }
  EXPECT_EQ(Replay(files).size(), 4U);
}

TEST(RecordLog, ReportsAnyFlippedBitBeforeTheLastBatch) {
  FaultyFs whole;
  const std::uint64_t second = WriteTwoBatches(whole);
  for (std::uint64_t byte = 0; byte < second; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      FaultyFs files;
      WriteTwoBatches(files);
      files.FlipBit(kPath, byte, bit);
      EXPECT_EQ(CodeOfOpen(files), Code::kCorruption) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST(RecordLog, NeverReplaysAFlippedBit) {
  FaultyFs whole;
  const std::uint64_t second = WriteTwoBatches(whole);
  for (std::uint64_t byte = second; byte < *whole.SizeBytes(kPath); ++byte) {
    FaultyFs files;
    WriteTwoBatches(files);
    files.FlipBit(kPath, byte, static_cast<int>(byte % 8));
    EXPECT_EQ(Replay(files), (Strings{"first", ""})) << "byte " << byte;
  }
}

TEST(RecordLog, VerifyFindsAnyFlippedBit) {
  FaultyFs whole;
  WriteTwoBatches(whole);
  const auto ignore = [](std::span<const std::byte>) { return Status{}; };
  EXPECT_TRUE(VerifyLog(whole, kPath, ignore));
  for (std::uint64_t byte = 0; byte < *whole.SizeBytes(kPath); ++byte) {
    FaultyFs files;
    WriteTwoBatches(files);
    files.FlipBit(kPath, byte, static_cast<int>(byte % 8));
    const auto verified = VerifyLog(files, kPath, ignore);
    ASSERT_FALSE(verified) << "byte " << byte;
    EXPECT_EQ(verified.error().code, Code::kCorruption);
  }
}

TEST(RecordLog, RefusesANewerVersion) {
  FaultyFs files;
  // Magic, version 2 and the CRC-32C of both, as a later program would write them.
  const unsigned char header[] = {'S', 'N', 'A', 'P',  'S',  'L',  'O',  'G', 2,
                                  0,   0,   0,   0x1E, 0xDA, 0x2F, 0xE9, 0};
  ASSERT_TRUE(files.WriteAtomically(kPath, std::as_bytes(std::span(header)), true));
  EXPECT_EQ(CodeOfOpen(files), Code::kUnimplemented);
}

TEST(RecordLog, RefusesAFileThatIsNoLog) {
  FaultyFs files;
  const std::string text = "id,title,description,image_link\n";
  ASSERT_TRUE(files.WriteAtomically(kPath, std::as_bytes(std::span(text)), true));
  EXPECT_EQ(CodeOfOpen(files), Code::kCorruption);
}

TEST(RecordLog, IsUnchangedAndUsableAfterAFullDisk) {
  FaultyFs files;
  const auto log = MustOpen(files);
  ASSERT_TRUE(Append(*log, {"kept"}));
  const std::uint64_t size = log->size_bytes();
  for (std::uint64_t spare = 0; spare < 40; ++spare) {
    files.SetCapacity(size + spare);
    const Status status = Append(*log, {std::string(40, 'x')});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kResourceExhausted);
    EXPECT_EQ(*files.SizeBytes(kPath), size);
  }
  files.SetCapacity(std::nullopt);
  EXPECT_TRUE(Append(*log, {"more"}));
  EXPECT_EQ(Replay(files), (Strings{"kept", "more"}));
}

TEST(RecordLog, RefusesToGoOnWhenAFailedWriteCannotBeTakenBack) {
  FaultyFs files;
  const auto log = MustOpen(files);
  files.FailFrom(0);
  EXPECT_FALSE(Append(*log, {"lost"}));
  files.CutPower(PowerLoss::kAll);  // the disk works again, the log still must not be trusted
  EXPECT_FALSE(Append(*log, {"after"}));
  EXPECT_EQ(Replay(files), Strings{});
}

TEST(RecordLog, KeepsAcknowledgedBatchesWhenThePowerFails) {
  FaultyFs files;
  const auto log = MustOpen(files);
  ASSERT_TRUE(Append(*log, {"kept"}));
  files.CutPower(PowerLoss::kNothing);
  EXPECT_EQ(Replay(files), Strings{"kept"});
}

}  // namespace
}  // namespace snapshelf
