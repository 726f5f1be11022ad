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
/// Makes a call that the client itself never makes, as another program would: "ReleaseCollection",
/// with `text` as the field of that number. Returns what went wrong on the way; empty: nothing.
[[nodiscard]] std::string AskMilvus(const std::string& method, int field, const std::string& text);

}  // namespace snapshelf
