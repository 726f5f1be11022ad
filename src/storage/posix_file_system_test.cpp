// Proves that the real disk behaves as file_system.h says, in a folder of its own.

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "storage/file_system.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class PosixFiles : public testing::Test {
 protected:
  PosixFiles() {
    std::string pattern = (fs::temp_directory_path() / "snapshelf-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PosixFiles() override { fs::remove_all(folder_); }

  std::string ReadText(const fs::path& path) {
    const auto bytes = files_.Read(path);
    EXPECT_TRUE(bytes) << bytes.error().message;
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
  }

  FileSystem& files_ = PosixFileSystem();
  fs::path folder_;
};

TEST_F(PosixFiles, AppendsAndTruncates) {
  const fs::path path = folder_ / "a";
  const auto file = files_.OpenAppend(path);
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->Append(Bytes("hello world")));
  EXPECT_TRUE((*file)->Truncate(5));
  EXPECT_TRUE((*file)->Append(Bytes("!")));
  EXPECT_TRUE((*file)->Sync());
  EXPECT_EQ(ReadText(path), "hello!");
}

TEST_F(PosixFiles, ReadsAPartAndStopsAtTheEnd) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(files_.WriteAtomically(path, Bytes("0123456789"), true));
  EXPECT_EQ(files_.ReadAt(path, 3, 4)->size(), 4U);
  EXPECT_EQ(files_.ReadAt(path, 8, 4)->size(), 2U);
  EXPECT_EQ(*files_.SizeBytes(path), 10U);
}

TEST_F(PosixFiles, MapsAFileThatStaysAfterItsRemoval) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(files_.WriteAtomically(path, Bytes("0123456789"), true));
  for (const MapUse use : {MapUse::kWhole, MapUse::kRandom}) {
    const auto file = files_.Map(path, use);
    ASSERT_TRUE(file);
    ASSERT_EQ((*file)->bytes().size(), 10U);
    EXPECT_EQ((*file)->bytes()[9], std::byte{'9'});
  }
  const auto kept = files_.Map(path, MapUse::kWhole);
  ASSERT_TRUE(files_.Remove(path));
  EXPECT_EQ((*kept)->bytes()[0], std::byte{'0'});
  EXPECT_EQ(files_.Map(path, MapUse::kWhole).error().code, Code::kNotFound);
}

TEST_F(PosixFiles, ReadsPartsOfAFilePastTheCache) {
  constexpr std::size_t kBytes = (std::size_t{5} << 20) + 123;
  std::vector<std::byte> written(kBytes);
  for (std::size_t i = 0; i < kBytes; ++i) written[i] = static_cast<std::byte>(i * 31 >> 7);
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(files_.WriteAtomically(path, written, true));
  const auto file = files_.Map(path, MapUse::kWhole);
  ASSERT_TRUE(file);
  struct alignas(MappedFile::kDirectBytes) Page {
    std::byte bytes[MappedFile::kDirectBytes];
  };
  std::vector<Page> pages(kBytes / sizeof(Page) + 2);
  for (const std::size_t shift : {0, 7})
    for (const auto& [offset, size] : {std::pair<std::size_t, std::size_t>{0, 3U << 20U},
                                       {4096, 4096},
                                       {4097, 2U << 20U},
                                       {kBytes - (2U << 20U), 2U << 20U},
                                       {10, 20}}) {
      const std::span target(pages.front().bytes + shift, size + 1);
      target.back() = std::byte{42};
      (*file)->CopyTo((*file)->bytes().subspan(offset, size), target.data());
      EXPECT_TRUE(std::ranges::equal(target.first(size), std::span(written).subspan(offset, size)))
          << offset << " " << shift;
      EXPECT_EQ(target.back(), std::byte{42}) << offset << " " << shift;
    }
}

TEST_F(PosixFiles, ReplacesAFileAndLeavesNoOther) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(files_.WriteAtomically(path, Bytes("old"), false));
  ASSERT_TRUE(files_.WriteAtomically(path, Bytes("new"), true));
  EXPECT_EQ(ReadText(path), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(PosixFiles, NamesTheMissingFile) {
  const auto bytes = files_.Read(folder_ / "none");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kNotFound);
  EXPECT_NE(bytes.error().message.find("none"), std::string::npos);
  EXPECT_EQ(files_.Remove(folder_ / "none").error().code, Code::kNotFound);
  EXPECT_FALSE(*files_.Exists(folder_ / "none"));
}

TEST_F(PosixFiles, SaysThatTheDiskIsFull) {
  const auto file = files_.OpenAppend("/dev/full");
  if (!file) GTEST_SKIP() << "/dev/full cannot be opened here";
  const Status status = (*file)->Append(Bytes("x"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
}

TEST_F(PosixFiles, CreatesSyncsAndRenames) {
  const fs::path deep = folder_ / "x" / "y";
  EXPECT_TRUE(files_.CreateDirectories(deep));
  ASSERT_TRUE(files_.WriteAtomically(deep / "a", Bytes("a"), true));
  EXPECT_TRUE(files_.Rename(deep / "a", deep / "b"));
  EXPECT_TRUE(files_.SyncDirectory(deep));
  EXPECT_TRUE(files_.SyncAll(deep));
  EXPECT_TRUE(*files_.Exists(deep / "b"));
  EXPECT_FALSE(*files_.Exists(deep / "a"));
}

}  // namespace
}  // namespace snapshelf
