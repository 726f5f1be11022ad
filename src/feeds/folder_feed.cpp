#include "feeds/folder_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "feeds/draft_builder.h"
#include "feeds/utf8.h"

namespace snapshelf {
namespace {

constexpr std::array<std::string_view, 8> kPictureEndings = {".jpg", ".jpeg", ".png",  ".webp",
                                                             ".gif", ".heic", ".heif", ".avif"};

bool IsPicture(const std::filesystem::path& path) {
  const std::string ending = LowerCase(path.extension().string());
  return std::ranges::find(kPictureEndings, ending) != kPictureEndings.end();
}

// "red-mug_2" -> "red mug 2"
std::string TitleOf(const std::filesystem::path& path) {
  std::string title;
  for (const char c : path.stem().string()) {
    const bool is_space = c == '-' || c == '_' || c == ' ';
    if (is_space && (title.empty() || title.ends_with(' '))) continue;
    title += is_space ? ' ' : c;
  }
  if (title.ends_with(' ')) title.pop_back();
  return title;
}

class FolderFeed final : public FeedReader {
 public:
  FolderFeed(std::filesystem::path folder, std::vector<std::filesystem::path> pictures,
             std::vector<BadRow> bad_folders)
      : folder_(std::move(folder)),
        pictures_(std::move(pictures)),
        bad_folders_(std::move(bad_folders)) {}

  Result<std::optional<FeedRow>> Next() override {
    if (next_bad_ < bad_folders_.size()) return bad_folders_[next_bad_++];
    if (next_ == pictures_.size()) return std::nullopt;
    return ToFeedRow(pictures_[next_++]);
  }

  std::int64_t RowsEstimate() const override {
    return static_cast<std::int64_t>(pictures_.size() + bad_folders_.size());
  }

 private:
  [[nodiscard]] FeedRow ToFeedRow(const std::filesystem::path& relative) const {
    std::string id = std::filesystem::path(relative).replace_extension().generic_string();
    if (!IsUtf8Text(id))
      return BadRow{.line = 0, .id = {}, .reason = "a file name is not UTF-8; rename the picture"};
    ProductDraft draft;
    draft.id = std::move(id);
    draft.titles.emplace("", TitleOf(relative));
    draft.pictures.push_back((folder_ / relative).lexically_normal());
    return draft;
  }

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> pictures_;  // relative to folder_, sorted
  std::vector<BadRow> bad_folders_;
  std::size_t next_ = 0;
  std::size_t next_bad_ = 0;
};

// Collects the pictures below `folder`; a folder that cannot be read is reported and left out.
// Hidden files and links to folders are not followed.
void Collect(const std::filesystem::path& root, const std::filesystem::path& folder,
             std::vector<std::filesystem::path>& pictures, std::vector<BadRow>& bad_folders) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (const std::filesystem::directory_iterator end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with('.')) continue;
    std::error_code ignored;  // a file that vanished meanwhile is none
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      Collect(root, entry->path(), pictures, bad_folders);
    } else if (entry->is_regular_file(ignored) && IsPicture(entry->path())) {
      pictures.push_back(entry->path().lexically_relative(root));
    }
  }
  if (error)
    bad_folders.push_back(
        {.line = 0,
         .id = {},
         .reason = fmt::format("folder {}: {}", folder.string(), error.message())});
}

}  // namespace

Result<std::unique_ptr<FeedReader>> OpenFolderFeed(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> pictures;
  std::vector<BadRow> bad_folders;
  Collect(folder, folder, pictures, bad_folders);
  std::ranges::sort(pictures);
  return std::make_unique<FolderFeed>(folder, std::move(pictures), std::move(bad_folders));
}

}  // namespace snapshelf
