// Proves that a data folder has one owner and one known format, with real locks between real
// processes.

#include "storage/data_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    std::string pattern = (fs::temp_directory_path() / "snapshelf-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    data_ = root_ / "data";
  }
  ~DataFolderTest() override { fs::remove_all(root_); }

  void WriteStore(const std::string& text) const {
    fs::create_directories(data_);
    std::ofstream(data_ / "STORE") << text;
  }
  [[nodiscard]] Code CodeOfOpen(Access access) const {
    const auto opened = DataFolder::Open(data_, access);
    return opened ? Code::kInternal : opened.error().code;
  }

  fs::path root_;
  fs::path data_;
};

/// A child that holds the folder until it is killed.
class Holder {
 public:
  Holder(const fs::path& data, Access access) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    child_ = ::fork();
    if (child_ == 0) {
      const auto held = DataFolder::Open(data, access);
      const char answer = held ? 'y' : 'n';
      static_cast<void>(!::write(ready[1], &answer, 1));
      while (true) ::pause();
    }
    char answer = 0;
    EXPECT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Holder() { Kill(); }
  void Kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return child_; }

 private:
  pid_t child_ = 0;
};

TEST_F(DataFolderTest, IsCreatedByTheFirstWriter) {
  EXPECT_EQ(CodeOfOpen(Access::kRead), Code::kNotFound);
  {
    EXPECT_TRUE(DataFolder::Open(data_, Access::kWrite));
  }
  EXPECT_TRUE(DataFolder::Open(data_, Access::kRead));
}

TEST_F(DataFolderTest, NamesTheProcessThatHoldsIt) {
  const Holder holder(data_, Access::kWrite);
  const auto second = DataFolder::Open(data_, Access::kWrite);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_NE(second.error().message.find(std::to_string(holder.pid())), std::string::npos)
      << second.error().message;
}

TEST_F(DataFolderTest, LetsReadersInBesideAWriterAndTellsThem) {
  Holder holder(data_, Access::kWrite);
  {
    const auto reader = DataFolder::Open(data_, Access::kRead);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_TRUE((*reader)->has_writer());
    // The writer's process id is still there for the next one to name.
    const auto second = DataFolder::Open(data_, Access::kWrite);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find(std::to_string(holder.pid())), std::string::npos);
  }
  holder.Kill();
  const auto reader = DataFolder::Open(data_, Access::kRead);
  ASSERT_TRUE(reader);
  EXPECT_FALSE((*reader)->has_writer());
}

TEST_F(DataFolderTest, IsFreeAgainWhenItsWriterIsKilled) {
  Holder holder(data_, Access::kWrite);
  holder.Kill();
  EXPECT_TRUE(DataFolder::Open(data_, Access::kWrite));
}

TEST_F(DataFolderTest, LetsReadersShareAndKeepsWritersOut) {
  {
    ASSERT_TRUE(DataFolder::Open(data_, Access::kWrite));
  }
  const Holder reader(data_, Access::kRead);
  EXPECT_TRUE(DataFolder::Open(data_, Access::kRead));
  EXPECT_EQ(CodeOfOpen(Access::kWrite), Code::kAlreadyExists);
}

TEST_F(DataFolderTest, RefusesANewerFormat) {
  WriteStore("{\"format\":2}\n");
  EXPECT_EQ(CodeOfOpen(Access::kWrite), Code::kUnimplemented);
  EXPECT_EQ(CodeOfOpen(Access::kRead), Code::kUnimplemented);
}

TEST_F(DataFolderTest, RefusesAnUnreadableStoreFile) {
  for (const char* text : {"", "{}", "{\"format\":}", "{\"format\":0}\n", "{\"format\":1", "x"}) {
    WriteStore(text);
    EXPECT_EQ(CodeOfOpen(Access::kWrite), Code::kCorruption) << text;
  }
}

TEST_F(DataFolderTest, RefusesAFolderWithOtherThings) {
  fs::create_directories(data_);
  std::ofstream(data_ / "thesis.txt") << "text";
  EXPECT_EQ(CodeOfOpen(Access::kWrite), Code::kInvalidArgument);
  EXPECT_FALSE(fs::exists(data_ / "LOCK"));
}

TEST_F(DataFolderTest, TakesAnEmptyFolderOrOneWhoseCreationWasCutOff) {
  fs::create_directories(data_ / "lost+found");
  std::ofstream(data_ / "LOCK") << "";
  std::ofstream(data_ / "STORE.tmp.1.0") << "{";
  EXPECT_TRUE(DataFolder::Open(data_, Access::kWrite));
}

TEST_F(DataFolderTest, SaysWhyAFolderCannotBeMade) {
  std::ofstream(root_ / "file") << "x";
  const auto opened = DataFolder::Open(root_ / "file" / "data", Access::kWrite);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kIoError);
}

}  // namespace
}  // namespace snapshelf
