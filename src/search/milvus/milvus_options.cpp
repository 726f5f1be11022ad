#include "search/milvus/milvus_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace snapshelf {
namespace {

constexpr std::array kTypes = {MilvusIndexType::kFlat,   MilvusIndexType::kIvfFlat,
                               MilvusIndexType::kIvfSq8, MilvusIndexType::kIvfPq,
                               MilvusIndexType::kHnsw,   MilvusIndexType::kDiskAnn,
                               MilvusIndexType::kScann,  MilvusIndexType::kAutoIndex};
constexpr std::array<std::string_view, kTypes.size()> kNames = {
    "FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "HNSW", "DISKANN", "SCANN", "AUTOINDEX"};

constexpr std::array kConsistencies = {MilvusConsistency::kStrong, MilvusConsistency::kSession,
                                       MilvusConsistency::kBounded, MilvusConsistency::kEventually};
constexpr std::array<std::string_view, kConsistencies.size()> kConsistencyNames = {
    "strong", "session", "bounded", "eventually"};

}  // namespace

std::string_view MilvusName(MilvusIndexType type) {
  return kNames.at(static_cast<std::size_t>(type));
}

Result<MilvusIndexType> MilvusIndexTypeOf(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end())
    return Fail(Code::kInvalidArgument,
                fmt::format("index type '{}': there are {}", name, fmt::join(kNames, ", ")));
  return kTypes.at(static_cast<std::size_t>(found - kNames.begin()));
}

Result<MilvusConsistency> MilvusConsistencyOf(std::string_view name) {
  const auto found = std::ranges::find(kConsistencyNames, name);
  if (found == kConsistencyNames.end())
    return Fail(Code::kInvalidArgument, fmt::format("consistency '{}': there are {}", name,
                                                    fmt::join(kConsistencyNames, ", ")));
  return kConsistencies.at(static_cast<std::size_t>(found - kConsistencyNames.begin()));
}

std::span<const MilvusIndexType> AllMilvusIndexTypes() {
  return kTypes;
}

}  // namespace snapshelf
