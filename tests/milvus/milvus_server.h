#pragma once

#include <string>

#include "search/milvus/milvus_options.h"

namespace snapshelf {

// The real server of the tests: tests/milvus/server.py starts it, as a fixture of ctest, once for
// all tests that share it.

/// How to reach it.
[[nodiscard]] MilvusOptions SharedMilvusOptions();
/// Why it is not there, in one line; empty: it is there.
[[nodiscard]] std::string MissingMilvus();

}  // namespace snapshelf
