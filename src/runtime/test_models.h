#pragma once

// Real models and pictures for tests. They are not part of the repository: tests that need them
// skip with NoSharedFolder() as the reason when they are absent.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/test_networks.h"

namespace snapshelf::testing {

/// $SNAPSHELF_SHARED, else ../shared beside the repository.
inline std::filesystem::path SharedFolder() {
  const char* folder = std::getenv("SNAPSHELF_SHARED");
  return folder != nullptr ? std::filesystem::path(folder)
                           : std::filesystem::path(SNAPSHELF_SOURCE_DIR) / ".." / "shared";
}
inline bool HasSharedFolder() {
  return std::filesystem::is_directory(SharedFolder() / "models");
}
inline constexpr const char* kNoSharedFolder =
    "no real models and pictures: SNAPSHELF_SHARED names no folder with models/ and data/";

/// Puts a card of tests/data/cards next to a link to its model and gives the card's path.
inline std::filesystem::path InstallCard(const std::string& card, const std::string& model,
                                         const std::filesystem::path& folder) {
  const std::filesystem::path source(SNAPSHELF_SOURCE_DIR);
  std::filesystem::copy_file(source / "tests/data/cards" / card, folder / card,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::create_symlink(std::filesystem::canonical(SharedFolder() / "models" / model),
                                  folder / model);
  return folder / card;
}

}  // namespace snapshelf::testing
