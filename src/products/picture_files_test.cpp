// Proves on the real disk that a picture comes back as it was put, that equal ones are kept once,
// and that a changed file is noticed and mended by the next Put.
#include "products/picture_files.h"

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

class PictureFilesTest : public testing::Test {
 protected:
  std::filesystem::path PathOf(const std::string& hash) {
    return folder_.path() / hash.substr(0, 2) / hash.substr(2);
  }

  TempFolder folder_;
  PictureFiles files_{PosixFileSystem(), folder_.path()};
  const std::vector<std::byte> bytes_ = Bytes("a picture");
  const std::string hash_ = Sha256Hex(bytes_);
};

TEST_F(PictureFilesTest, GivesBackWhatWasPut) {
  EXPECT_FALSE(files_.Contains(hash_));
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  ASSERT_TRUE(files_.Sync());
  EXPECT_TRUE(files_.Contains(hash_));
  EXPECT_EQ(files_.Get(hash_), bytes_);
  EXPECT_TRUE(std::filesystem::exists(PathOf(hash_)));
}

TEST_F(PictureFilesTest, KeepsEqualPicturesOnce) {
  const std::vector<std::byte> other = Bytes("another");
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  ASSERT_TRUE(files_.Put(Sha256Hex(other), other));
  std::vector<std::pair<std::string, std::uint64_t>> found;
  ASSERT_TRUE(files_.ForEach(
      [&](const std::string& hash, std::uint64_t size) { found.emplace_back(hash, size); }));
  EXPECT_THAT(found, testing::UnorderedElementsAre(testing::Pair(hash_, bytes_.size()),
                                                   testing::Pair(Sha256Hex(other), other.size())));
}

TEST_F(PictureFilesTest, NoticesAChangedFile) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  std::ofstream(PathOf(hash_), std::ios::binary) << "a pictUre";
  const auto bytes = files_.Get(hash_);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kCorruption);
  EXPECT_THAT(bytes.error().message, testing::HasSubstr(hash_.substr(2)));
}

TEST_F(PictureFilesTest, MendsADamagedFileWhenItIsPutAgain) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  std::ofstream(PathOf(hash_), std::ios::binary) << "";
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  EXPECT_EQ(files_.Get(hash_), bytes_);
}

TEST_F(PictureFilesTest, ForgetsWhatWasRemoved) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  ASSERT_TRUE(files_.Remove(hash_));
  EXPECT_FALSE(files_.Contains(hash_));
  const auto bytes = files_.Get(hash_);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kNotFound);
}

TEST_F(PictureFilesTest, SkipsFilesThatAreNoPictures) {
  ASSERT_TRUE(files_.Put(hash_, bytes_));
  std::ofstream(PathOf(hash_).string() + ".tmp", std::ios::binary) << "cut off";
  int found = 0;
  ASSERT_TRUE(files_.ForEach([&](const std::string&, std::uint64_t) { ++found; }));
  EXPECT_EQ(found, 1);
}

TEST_F(PictureFilesTest, AFolderThatIsNotThereHoldsNothing) {
  PictureFiles none(PosixFileSystem(), folder_.path() / "none");
  EXPECT_TRUE(none.ForEach([](const std::string&, std::uint64_t) { FAIL(); }));
  EXPECT_FALSE(none.Contains(hash_));
}

}  // namespace
}  // namespace snapshelf
