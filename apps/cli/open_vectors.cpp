#include "cli/open_vectors.h"

#include "storage/file_system.h"

namespace snapshelf {

Result<std::unique_ptr<VectorIndex>> OpenVectors(const Config& config,
                                                 const Generation& /*generation*/,
                                                 const std::filesystem::path& folder,
                                                 const EmbeddedOptions& embedded) {
  if (config.vectors == Config::Vectors::kMilvus)
    return Fail(Code::kUnimplemented, "vectors = \"milvus\": this program was built without it");
  auto index = EmbeddedIndex::Open(PosixFileSystem(), folder, embedded);
  if (!index) return std::unexpected(std::move(index).error());
  return std::move(*index);
}

}  // namespace snapshelf
