// Proves on the real disk where pictures lie, and what other files there mean; what they promise is
// in picture_files_contract_test.cpp.
#include "products/folder_picture_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string_view>

#include "base/sha256.h"
#include "products/temp_folder.h"

namespace snapshelf {
namespace {

std::vector<std::byte> Bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class FolderPictureFilesTest : public testing::Test {
 protected:
  std::filesystem::path PathOf(const std::string& hash) {
    return folder_.path() / hash.substr(0, 2) / hash.substr(2);
  }

  TempFolder folder_;
  FolderPictureFiles files_{PosixFileSystem(), folder_.path()};
  const std::vector<std::byte> bytes_ = Bytes("a picture");
  const std::string hash_ = Sha256Hex(bytes_);
};

TEST_F(FolderPictureFilesTest, NamesAFileByTheHashOfItsContent) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  ASSERT_TRUE(files_.Sync());
  EXPECT_TRUE(std::filesystem::exists(PathOf(hash_)));
}

TEST_F(FolderPictureFilesTest, NamesTheFileThatHasChanged) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  std::ofstream(PathOf(hash_), std::ios::binary) << "a pictUre";
  const auto bytes = files_.Get(hash_);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kCorruption);
  EXPECT_THAT(bytes.error().message, testing::HasSubstr(hash_.substr(2)));
}

TEST_F(FolderPictureFilesTest, SkipsFilesThatAreNoPictures) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  std::ofstream(PathOf(hash_).string() + ".tmp", std::ios::binary) << "cut off";
  int found = 0;
  ASSERT_TRUE(files_.ForEach([&](const std::string&, std::uint64_t) { ++found; }));
  EXPECT_EQ(found, 1);
}

TEST_F(FolderPictureFilesTest, AFolderThatIsNotThereHoldsNothing) {
  FolderPictureFiles none(PosixFileSystem(), folder_.path() / "none");
  EXPECT_TRUE(none.ForEach([](const std::string&, std::uint64_t) { FAIL(); }));
  EXPECT_FALSE(none.Contains(hash_));
}

}  // namespace
}  // namespace snapshelf
