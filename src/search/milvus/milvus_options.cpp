#include "search/milvus/milvus_options.h"

#include <array>

namespace snapshelf {
namespace {

constexpr std::array kTypes = {MilvusIndexType::kFlat,   MilvusIndexType::kIvfFlat,
                               MilvusIndexType::kIvfSq8, MilvusIndexType::kIvfPq,
                               MilvusIndexType::kHnsw,   MilvusIndexType::kDiskAnn,
                               MilvusIndexType::kScann,  MilvusIndexType::kAutoIndex};
constexpr std::array<std::string_view, kTypes.size()> kNames = {
    "FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "HNSW", "DISKANN", "SCANN", "AUTOINDEX"};

constexpr auto kConsistencyNames =
    std::to_array<std::string_view>({"strong", "session", "bounded", "eventually"});

}  // namespace

std::string_view MilvusName(MilvusIndexType type) {
  return kNames.at(static_cast<std::size_t>(type));
}

std::span<const std::string_view> MilvusIndexNames() {
  return kNames;
}

std::span<const std::string_view> MilvusConsistencyNames() {
  return kConsistencyNames;
}

std::span<const MilvusIndexType> AllMilvusIndexTypes() {
  return kTypes;
}

}  // namespace snapshelf
