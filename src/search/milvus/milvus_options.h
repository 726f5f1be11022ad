#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// The kinds of index that Milvus has; which of them a server has depends on its version and build.
enum class MilvusIndexType : std::uint8_t {
  kFlat,       ///< looks at every vector
  kIvfFlat,    ///< lists of near vectors; a search reads some of the lists
  kIvfSq8,     ///< the same with a byte a value: scores are approximate
  kIvfPq,      ///< the same with codes of a few bytes: scores are approximate
  kHnsw,       ///< a graph in memory
  kDiskAnn,    ///< a graph on disk
  kScann,      ///< lists with 4-bit codes, put in order by the vectors themselves
  kAutoIndex,  ///< what the server thinks best
};

/// "FLAT", "IVF_FLAT", ...: the server's names.
[[nodiscard]] std::string_view MilvusName(MilvusIndexType type);
/// The names of all, in the order of the enum.
[[nodiscard]] std::span<const std::string_view> MilvusIndexNames();
[[nodiscard]] std::span<const MilvusIndexType> AllMilvusIndexTypes();

/// How an index is built and searched. Each kind reads the fields it knows.
struct MilvusIndexParams {
  MilvusIndexType type = MilvusIndexType::kHnsw;
  int edges = 16;          ///< kHnsw, kAutoIndex: of a vector (M)
  int build_window = 200;  ///< kHnsw, kAutoIndex: candidates while building (efConstruction)
  int window = 64;         ///< kHnsw, kDiskAnn, kScann: candidates while searching
  int lists = 1024;        ///< kIvf..., kScann: how many there are (nlist)
  int probes = 32;         ///< kIvf..., kScann: how many are read (nprobe)
  int parts = 32;          ///< kIvfPq: codes of a vector (m); divides the dim
};

/// What a reader sees of what was written just before.
enum class MilvusConsistency : std::uint8_t {
  kStrong,      ///< everything that anybody wrote; waits for the server's next time tick, 0.2 s
  kSession,     ///< everything that this MilvusIndex wrote; waits only just after a write
  kBounded,     ///< what was written some seconds ago
  kEventually,  ///< what has arrived
};

/// "strong", "session", "bounded", "eventually": in the order of the enum.
[[nodiscard]] std::span<const std::string_view> MilvusConsistencyNames();

struct MilvusOptions {
  std::vector<std::string> endpoints = {"127.0.0.1:19530"};  ///< host:port of proxies, all equal
  std::string user;                                          ///< empty: without password
  std::string password;
  std::string ca_file;   ///< PEM of who signed the servers' certificates; empty: without TLS
  std::string database;  ///< empty: the server's default
  std::string collection = "snapshelf";
  int dim = 256;
  Metric metric = Metric::kCosine;
  std::string model_id;  ///< what made the vectors; a collection of another model is refused
  MilvusIndexParams index;
  MilvusConsistency consistency = MilvusConsistency::kSession;
  int replicas = 1;          ///< copies in memory, each on query nodes of its own
  int partitions = 1;        ///< of a new collection, by group: a list of groups reads its own
  int attempt_ms = 2'000;    ///< for one try of a search; another endpoint is asked then
  int deadline_ms = 10'000;  ///< for one call with all its tries
  int setup_deadline_ms = 60'000;  ///< for making, indexing and loading the collection
  Metrics* metrics = nullptr;      ///< outlives the index; null: nothing is counted
};

}  // namespace snapshelf
