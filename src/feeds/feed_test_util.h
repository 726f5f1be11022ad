#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "feeds/feed_reader.h"

namespace snapshelf {

/// What a feed gave in all.
struct FeedContent {
  std::vector<ProductDraft> drafts;
  std::vector<BadRow> bad_rows;
};

/// Feeds in a folder of their own.
class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    std::string name = (std::filesystem::temp_directory_path() / "snapshelf_test_XXXXXX").string();
    SNAPSHELF_CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~FeedTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path Write(const std::string& name, std::string_view text) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  static FeedContent ReadAll(const std::filesystem::path& source) {
    FeedContent content;
    auto feed = OpenFeed(source);
    EXPECT_TRUE(feed) << feed.error().message;
    if (!feed) return content;
    while (true) {
      auto row = (*feed)->Next();
      EXPECT_TRUE(row) << row.error().message;
      if (!row || !*row) return content;
      if (auto* const draft = std::get_if<ProductDraft>(&**row))
        content.drafts.push_back(std::move(*draft));
      else
        content.bad_rows.push_back(std::get<BadRow>(std::move(**row)));
    }
  }

  std::filesystem::path folder_;
};

}  // namespace snapshelf
