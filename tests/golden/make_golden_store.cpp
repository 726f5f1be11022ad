// Makes the store that golden_store_test reads: make_golden_store FOLDER. Run once for each version
// of docs/format/vectors.md, into a folder of its own; those of earlier versions stay as they are.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "golden_store.h"

namespace snapshelf {
namespace {

Status Fill(EmbeddedIndex& index) {
  for (VectorId id = 0; id < golden::kVectors; ++id) {
    const golden::Values values = golden::VectorOf(id);
    const VectorRecord record{.id = id, .group = id / 2, .values = values};
    SNAPSHELF_RETURN_IF_ERROR(index.Add({&record, 1}));
    if (id + 1 != golden::kSealed) continue;
    index.WaitUntilSettled();
    SNAPSHELF_RETURN_IF_ERROR(index.Seal());
  }
  for (VectorId id = 0; id < golden::kVectors; ++id) {
    if (golden::IsReplaced(id)) {
      const golden::Values values = golden::NewVectorOf(id);
      const VectorRecord record{.id = id, .group = id / 2, .values = values};
      SNAPSHELF_RETURN_IF_ERROR(index.Add({&record, 1}));
    }
    if (golden::IsRemoved(id)) SNAPSHELF_RETURN_IF_ERROR(index.Remove({&id, 1}));
  }
  return {};
}

/// One line for each query: the ids of its hits and their scores.
Status WriteAnswers(const std::filesystem::path& folder, const std::filesystem::path& vectors) {
  EmbeddedOptions options = golden::kOptions;
  options.kind = IndexKind::kExact;
  const auto index = EmbeddedIndex::Open(PosixFileSystem(), vectors, options);
  if (!index) return std::unexpected(index.error());
  std::ofstream file(folder / "answers.txt");
  for (std::size_t i = 0; i < golden::kQueries; ++i) {
    const auto hits = (*index)->Find(golden::QueryOf(i), {.k = golden::kHits});
    if (!hits) return std::unexpected(hits.error());
    for (const Hit& hit : *hits) file << fmt::format("{} {:.6f} ", hit.id, hit.score);
    file << '\n';
  }
  return {};
}

Status Make(const std::filesystem::path& folder) {
  const auto vectors = folder / "vectors";
  {
    const auto index = EmbeddedIndex::Open(PosixFileSystem(), vectors, golden::kOptions);
    if (!index) return std::unexpected(index.error());
    SNAPSHELF_RETURN_IF_ERROR(Fill(**index));
  }
  return WriteAnswers(folder, vectors);
}

}  // namespace
}  // namespace snapshelf

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: make_golden_store FOLDER\n");
    return 2;
  }
  const auto made = snapshelf::Make(arguments[1]);
  if (!made) fmt::print(stderr, "{}\n", made.error().message);
  return made ? 0 : 1;
}
