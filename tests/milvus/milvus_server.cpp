#include "milvus/milvus_server.h"

#include <filesystem>
#include <fstream>

namespace snapshelf {
namespace {

std::string FirstLine(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

const std::filesystem::path kFolder = SNAPSHELF_MILVUS_FOLDER;

}  // namespace

MilvusOptions SharedMilvusOptions() {
  // Times for a machine that is busy with builds and other tests.
  return {.endpoints = {FirstLine(kFolder / "address")},
          .user = "root",
          .password = "Milvus",
          .attempt_ms = 20'000,
          .deadline_ms = 60'000,
          .setup_deadline_ms = 180'000};
}

std::string MissingMilvus() {
  if (!FirstLine(kFolder / "address").empty()) return {};
  const std::string reason = FirstLine(kFolder / "reason");
  return reason.empty() ? "no Milvus server runs; ctest and tests/milvus/server.py start one"
                        : reason;
}

}  // namespace snapshelf
