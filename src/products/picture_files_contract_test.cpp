// Proves that a picture comes back as it was put, that equal ones are kept once, and that changed
// bytes are noticed and mended by the next Put: in a folder as in a database.
#include <gmock/gmock.h>

#include <span>
#include <string_view>

#include "base/sha256.h"
#include "products/store_test_util.h"

namespace snapshelf {
namespace {

std::vector<std::byte> Bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class PictureFilesTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (store_ != nullptr) files_ = bed_->OpenPictures();
  }

  std::unique_ptr<PictureFiles> files_;
  const std::vector<std::byte> bytes_ = Bytes(std::string_view("a picture\0with a zero", 21));
  const std::string hash_ = Sha256Hex(bytes_);
};

TEST_F(PictureFilesTest, GivesBackWhatWasPut) {
  EXPECT_FALSE(files_->Contains(hash_));
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  ASSERT_TRUE(files_->Sync());
  EXPECT_TRUE(files_->Contains(hash_));
  EXPECT_EQ(files_->Get(hash_), bytes_);
  EXPECT_EQ(bed_->OpenPictures()->Get(hash_), bytes_);
}

TEST_F(PictureFilesTest, GivesBackALargePicture) {
  std::vector<std::byte> large(std::size_t{5} << 20);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * i >> 3U);
  const std::string hash = Sha256Hex(large);
  ASSERT_TRUE(files_->Put(hash, large));
  const auto got = files_->Get(hash);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(*got == large);
}

TEST_F(PictureFilesTest, KeepsEqualPicturesOnce) {
  const std::vector<std::byte> other = Bytes("another");
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  ASSERT_TRUE(files_->Put(Sha256Hex(other), other));
  std::vector<std::pair<std::string, std::uint64_t>> found;
  ASSERT_TRUE(files_->ForEach(
      [&](const std::string& hash, std::uint64_t size) { found.emplace_back(hash, size); }));
  EXPECT_THAT(found, testing::UnorderedElementsAre(testing::Pair(hash_, bytes_.size()),
                                                   testing::Pair(Sha256Hex(other), other.size())));
}

TEST_F(PictureFilesTest, NoticesChangedBytes) {
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  bed_->DamagePicture(hash_);
  const auto bytes = files_->Get(hash_);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kCorruption);
}

TEST_F(PictureFilesTest, MendsADamagedPictureWhenItIsPutAgain) {
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  bed_->DamagePicture(hash_);
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  EXPECT_EQ(files_->Get(hash_), bytes_);
}

TEST_F(PictureFilesTest, ForgetsWhatWasRemoved) {
  ASSERT_TRUE(files_->Put(hash_, bytes_));
  ASSERT_TRUE(files_->Remove(hash_));
  EXPECT_FALSE(files_->Contains(hash_));
  EXPECT_EQ(files_->Get(hash_).error().code, Code::kNotFound);
  EXPECT_EQ(files_->Remove(hash_).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace snapshelf
